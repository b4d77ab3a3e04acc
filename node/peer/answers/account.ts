/**
 * Answers `account`: where it stands, asked of its witnesses and believed as far as f liars among them cannot bend it.
 */
import { checkCertificate, decodeCertificate } from '#protocol/agreement/certificate.ts'
import { WeftError } from '#protocol/errors.ts'
import { type Committee, drawCommittee } from '#protocol/membership/committee.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { AccountView } from '../../api/accounts.ts'
import type { Notice } from '../../core/effects.ts'
import { headKey } from '../../core/witness/account-publisher.ts'
import { atMost } from '../../ports/at-most.ts'
import type { ApiParts } from './parts.ts'

const ACCOUNT_TIMEOUT_MS = 5_000

type Head = Extract<Notice, { type: 'head' }>

/**
 * Where the account stands, as q of its witnesses say within 5 s; where too few answer, what was published of it last.
 * Rejects with NO_COMMITTEE if there is neither, with NOT_A_MEMBER before this peer knows a registry.
 */
export async function askAccount(
  parts: ApiParts,
  wallet: WalletKey,
  { signal }: { signal: AbortSignal },
): Promise<AccountView> {
  const { ledger, notices, driver } = parts
  const registry = ledger.registry()
  if (registry === undefined) throw new WeftError('NOT_A_MEMBER', 'this peer knows no registry yet')
  const committee = committeeOf(parts, registry, wallet)
  const heads = new Map<PeerKey, Head>()
  const pick = (notice: Notice): true | undefined => {
    if (notice.type !== 'head' || notice.account !== wallet || !committee.witnesses.includes(notice.from))
      return undefined
    heads.set(notice.from, notice)
    return heads.size >= committee.q ? true : undefined
  }
  const begin = (): void => driver.dispatch({ type: 'account', account: wallet })
  const asking = atMost(ACCOUNT_TIMEOUT_MS, signal, (limited) => notices.first(pick, { signal: limited, begin }))
  const answered = await asking.catch(() => false)
  signal.throwIfAborted()
  const published = answered ? undefined : await publishedHead(parts, wallet, signal)
  if (published !== undefined) return accountView(parts, wallet, committee, [...heads.values(), published])
  if (!answered) {
    const why = `only ${heads.size} of the account's ${committee.n} witnesses answered; ${committee.q} are needed`
    throw new WeftError('NO_COMMITTEE', why)
  }
  return accountView(parts, wallet, committee, [...heads.values()])
}

/** The account's newest certificate in the DHT: what can still be shown when too few witnesses answer. */
async function publishedHead(parts: ApiParts, wallet: WalletKey, signal: AbortSignal): Promise<Head | undefined> {
  const { network } = parts
  const record = await atMost(ACCOUNT_TIMEOUT_MS, signal, (limited) =>
    network.dhtGet(headKey(wallet), { signal: limited }),
  )
  const certificate = record?.subarray(8)
  const header = certificate && decodeCertificate(certificate)?.header
  if (certificate === undefined || header === undefined) return undefined
  return {
    type: 'head',
    from: parts.self,
    account: wallet,
    certificate,
    nextSeq: header.lastSeq + 1,
    funds: null,
  }
}

/** The (f + 1)-th largest of the witnesses' answers: f liars cannot push it up. */
function accountView(parts: ApiParts, wallet: WalletKey, committee: Committee, heads: readonly Head[]): AccountView {
  const seqs = heads.map((head) => head.nextSeq).sort((a, b) => b - a)
  const funds = heads.flatMap((head) => head.funds ?? []).sort((a, b) => (a > b ? -1 : a < b ? 1 : 0))
  const certificates = heads.flatMap((head) => decodeCertificate(head.certificate) ?? [])
  const valid = certificates.filter((certificate) => {
    const { epoch, account } = certificate.header
    const registry = parts.ledger.registryAt(epoch)
    return (
      account === wallet &&
      registry !== undefined &&
      checkCertificate(certificate, committeeOf(parts, registry, wallet)) === undefined
    )
  })
  const newest = valid.sort((a, b) => b.header.height - a.header.height)[0]?.header
  return {
    account: wallet,
    epoch: committee.epoch,
    height: newest?.height ?? 0,
    nextSeq: Math.max(seqs[committee.f] ?? 1, (newest?.lastSeq ?? 0) + 1),
    spent: String(newest?.spent ?? 0n),
    reserved: String(newest?.reserved ?? 0n),
    funds: funds[committee.f] === undefined ? null : String(funds[committee.f]),
    witnesses: committee.witnesses,
    n: committee.n,
    f: committee.f,
    q: committee.q,
    tolerance: committee.tolerance,
  }
}

function committeeOf(parts: ApiParts, registry: RegistryView, account: WalletKey): Committee {
  return drawCommittee(registry, account, parts.ledger.ownerOf?.(account))
}
