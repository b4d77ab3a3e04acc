/** Answers `why`: recomputes the entry that placed a job from the state before and the entry's own inputs. */
import { decodeState, encodeState } from '#protocol/account/codec.ts'
import { placementRequest } from '#protocol/account/place.ts'
import type { Receipt } from '#protocol/account/receipt.ts'
import { type AccountState, headerOf, openJobs } from '#protocol/account/state.ts'
import { step } from '#protocol/account/step.ts'
import { bodiesOf } from '#protocol/agreement/bodies.ts'
import {
  type Certificate,
  checkCertificate,
  decodeCertificate,
  encodeCertificate,
} from '#protocol/agreement/certificate.ts'
import { inputIds, type Position, readEntry, validateEntry } from '#protocol/agreement/entry.ts'
import { ownerOf } from '#protocol/job/spec.ts'
import { type Committee, drawCommittee } from '#protocol/membership/committee.ts'
import type { Offer } from '#protocol/membership/offer.ts'
import type { PlacementRequest } from '#protocol/placement/eligible.ts'
import { explain, type PeerExplanation } from '#protocol/placement/explain.ts'
import { buildOfferTable } from '#protocol/placement/offer-table.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import { equalBytes, toHex } from '#protocol/wire/hash.ts'
import { encodeHeader, headerDigest } from '#protocol/wire/header.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { JobView } from '../../api/job-view.ts'
import type { PeerWhy, WhyView } from '../../api/why.ts'
import { storeKeys } from '../../core/store-keys.ts'
import { recordSchemas } from '../../runtime/records.ts'
import { type RecoverOptions, stateAt } from '../../runtime/recover.ts'

interface Recomputed {
  readonly certified: string
  readonly recomputed: string
  readonly input: PlacementRequest | undefined
}

/** The material is not what was certified: `problem` names the part that was changed or is missing. */
interface Refused {
  readonly problem: string
}

/**
 * The explanation of `receipt`'s job. Without the entry's material the peers are explained with the offers known now.
 */
export function why(
  receipt: Receipt,
  view: JobView,
  options: RecoverOptions & { offers: readonly Offer[]; nowMs: number; material: EntryMaterial | undefined },
): WhyView {
  const { job } = receipt
  const { material } = options
  const outcome = material === undefined ? undefined : recompute(receipt, material, options)
  const recomputed = outcome !== undefined && 'problem' in outcome ? undefined : outcome
  const input = recomputed?.input ?? inputNow(receipt, options)
  return {
    jobId: job.id,
    state: view.state,
    height: job.placedHeight === 0 ? null : job.placedHeight,
    want: input?.want ?? job.spec.replicas,
    peers: input === undefined ? [] : explain(input).map(peerWhy),
    certified: recomputed?.certified ?? null,
    recomputed: recomputed?.recomputed ?? null,
    matches: recomputed !== undefined && recomputed.certified === recomputed.recomputed,
    problem: outcome !== undefined && 'problem' in outcome ? outcome.problem : null,
  }
}

/** A peer's explanation as clients get it: JSON has no bigints, so amounts are text. */
function peerWhy({ reason, ...rest }: PeerExplanation): PeerWhy {
  if (reason === undefined) return rest
  const facts = Object.entries(reason).map(([name, fact]) => [name, typeof fact === 'bigint' ? String(fact) : fact])
  return { ...rest, reason: Object.fromEntries(facts) }
}

/** What an entry was made of: records as they stand in a witness's store. */
export interface EntryMaterial {
  /** Snapshot record of the state before. */
  readonly before: Uint8Array
  /** Entry record. */
  readonly entry: Uint8Array
}

/** The material of an entry from this peer's own store; `undefined` if it is not (or no longer) there. */
export async function readMaterial(
  account: WalletKey,
  height: number,
  options: RecoverOptions,
): Promise<EntryMaterial | undefined> {
  const entry = await options.store.get(storeKeys.entry(account, height))
  const before = entry && (await stateAt(account, height - 1, options))
  if (entry === undefined || before?.state.height !== height - 1) return undefined
  const certificate = before.certificate === undefined ? new Uint8Array() : encodeCertificate(before.certificate)
  return { entry, before: encode([before.state.height, before.epoch, certificate, encodeState(before.state)]) }
}

/** What is wrong with `material`, or `undefined` if the placing entry can be recomputed from it. */
export function problemOf(receipt: Receipt, material: EntryMaterial, options: RecoverOptions): string | undefined {
  const outcome = recompute(receipt, material, options)
  return 'problem' in outcome ? outcome.problem : undefined
}

/**
 * Recomputes the entry. Nothing of the material is believed: the state before must be certified, and the entry must fit
 * on top of it.
 */
function recompute(
  { job, certificate }: Receipt,
  material: EntryMaterial,
  options: RecoverOptions,
): Recomputed | Refused {
  const { account } = certificate.header
  const { domain, networkId, ledger } = options
  const snapshot = recordSchemas.snapshot.safeParse(decode(material.before))
  const before = snapshot.success ? decodeState(snapshot.data[3], domain) : undefined
  if (!snapshot.success || before === undefined) return refused('the state before cannot be read')
  const parsed = recordSchemas.entry.safeParse(decode(material.entry))
  if (!parsed.success) return refused('the entry cannot be read')
  const [raw, certificateBytes, bodyBytes] = parsed.data
  const entry = readEntry(raw, domain)
  if (entry === undefined) return refused('the entry, or a signature in it, was changed')
  const signed = decodeCertificate(certificateBytes)
  if (signed === undefined) return refused('the certificate cannot be read')
  const registry = ledger.registryAt(entry.epoch)
  if (registry === undefined) return refused(`the members of epoch ${entry.epoch} are not known here`)
  const owner = ownerOf(job.spec)
  const committee = drawCommittee(registry, account, owner)
  const position = positionAfter({ state: before, owner }, decodeCertificate(snapshot.data[2]), committee, options)
  if (before.account !== account || position === undefined) return refused('the state before is not the certified one')
  const misplaced = validateEntry(entry, position)
  if (misplaced !== undefined) return refused(`the entry does not follow the state before: ${misplaced}`)
  const fault = checkCertificate(signed, committee)
  if (fault !== undefined) return refused(`the certificate is not valid: ${fault}`)
  const bodies = bodiesOf(domain, bodyBytes)
  const missing = inputIds(entry).find((id) => !bodies.has(id))
  if (missing !== undefined) return refused(`the input ${missing} is missing, or it or its signature was changed`)
  let input: PlacementRequest | undefined
  const stepped = step(before, entry, bodies, { domain, networkId, registry, committee }, (id, decision) => {
    if (id === job.id) input = decision
  })
  if (stepped === undefined) return refused('an input of the entry is not a statement of its kind')
  const digest = toHex(headerDigest(headerOf(stepped.state, domain)))
  return { certified: toHex(headerDigest(signed.header)), recomputed: digest, input }
}

function refused(problem: string): Refused {
  return { problem }
}

/** Where an entry on top of `before` must fit; `undefined` if `before` is not certified. */
function positionAfter(
  { state: before, owner }: { state: AccountState; owner: WalletKey },
  certificate: Certificate | undefined,
  committee: Committee,
  options: RecoverOptions,
): Position | undefined {
  const base = { account: before.account, height: before.height + 1, committee }
  if (before.height === 0)
    return openJobs(before).length === 0 && before.totals.size === 0
      ? { ...base, previous: '', before: undefined }
      : undefined
  const registry = certificate && options.ledger.registryAt(certificate.header.epoch)
  if (certificate === undefined || registry === undefined) return undefined
  const certifiedBy = drawCommittee(registry, before.account, owner)
  if (checkCertificate(certificate, certifiedBy) !== undefined) return undefined
  if (!equalBytes(encodeHeader(headerOf(before, options.domain)), certificate.headerBytes)) return undefined
  const previous = toHex(headerDigest(certificate.header))
  return { ...base, previous, before: { headerBytes: certificate.headerBytes, committee: certifiedBy } }
}

/** The decision that would be taken now, for a job that waits. */
function inputNow(
  { job, certificate }: Receipt,
  options: RecoverOptions & { offers: readonly Offer[]; nowMs: number },
): PlacementRequest | undefined {
  const { domain, networkId, ledger } = options
  const registry = ledger.registryAt(certificate.header.epoch)
  if (registry === undefined) return undefined
  const rules = { domain, networkId, registry, committee: drawCommittee(registry, job.spec.account, ownerOf(job.spec)) }
  const state: Pick<AccountState, 'jobs' | 'account'> = { account: job.spec.account, jobs: new Map() }
  const unseated = { ...job, seats: [] }
  return placementRequest(unseated, { state, rules, offers: buildOfferTable(options.offers), timeMs: options.nowMs })
}
