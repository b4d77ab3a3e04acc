/** Certified headers, by the keys of a test's members. */
import type { KeyPair } from '#node/adapters/keys/keypair.ts'
import type { Ledger } from '#node/ports/ledger.ts'
import { sumTotals, totalsRoot } from '#protocol/credits/totals.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { encodeHeader, type Header, networkDomain, RULES_VERSION } from '#protocol/wire/header.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { leafHash, nodeHash } from '#protocol/wire/merkle.ts'
import type { World } from './world.ts'

export interface Certified {
  readonly header: Header
  readonly totals: ReadonlyMap<string, bigint>
  readonly signatures: ReadonlyMap<PeerKey, Uint8Array>
  readonly jobsAndMeta: Uint8Array
  readonly totalsRoot: Uint8Array
}

/** A header over `totals`, signed by the whole committee of `account` in `epoch` (the newest that `ledger` knows). */
export function certify(
  world: World,
  ledger: Ledger,
  init: {
    account: string
    height: number
    totals: Record<string, bigint>
    epoch?: number
    sealed?: boolean
    jobsAndMeta?: Uint8Array
  },
): Certified {
  const epoch = init.epoch ?? ledger.registry()?.epoch ?? 0
  const view = ledger.registryAt(epoch)
  if (view === undefined) throw new RangeError(`no view of epoch ${epoch}`)
  const totals = new Map(Object.entries(init.totals))
  const jobsAndMeta = init.jobsAndMeta ?? leafHash(utf8(`height ${init.height}`))
  const header: Header = {
    domain: networkDomain(ledger.networkId, ledger.programId),
    account: init.account,
    stateRoot: nodeHash(totalsRoot(totals), jobsAndMeta),
    epoch,
    height: init.height,
    timeMs: init.height,
    spent: sumTotals(totals),
    reserved: 0n,
    lastSeq: init.height,
    rulesVersion: RULES_VERSION,
    sealed: init.sealed ?? false,
  }
  const peers = new Map<string, KeyPair>(world.members.map(({ peer }) => [peer.key, peer as KeyPair]))
  const bytes = encodeHeader(header)
  const signatures = new Map<PeerKey, Uint8Array>()
  for (const witness of drawCommittee(view, init.account).witnesses) {
    const pair = peers.get(witness)
    if (pair !== undefined) signatures.set(witness, pair.signer.sign(bytes))
  }
  return { header, totals, signatures, jobsAndMeta, totalsRoot: totalsRoot(totals) }
}

/** Gives it to each ledger, as the core does. */
export function offer(ledgers: readonly Ledger[], { header, totals, signatures, jobsAndMeta }: Certified): void {
  for (const ledger of ledgers) ledger.offerHeader(header, totals, signatures, jobsAndMeta)
}
