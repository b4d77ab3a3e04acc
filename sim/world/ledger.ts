/**
 * The Ledger port of a simulated peer: it sees the chain late, settles what its witness certified, and claims what its
 * owner earned.
 */
import type { Ledger, LedgerEvents } from '#node/ports/ledger.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Totals } from '#protocol/credits/totals.ts'
import { encodeHeader, networkDomain } from '#protocol/wire/header.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { Chain } from './chain.ts'
import type { PeerClock } from './clock.ts'

export const NETWORK_ID = 'roster:sim'
/** The domain of every simulated network. */
export const DOMAIN = networkDomain(NETWORK_ID)

/** One peer's view: it may lag behind by whole epochs. */
export interface PeerLedger extends Ledger {
  /** Epoch that this peer knows of. */
  seen: number
  events: LedgerEvents | undefined
}

/** State is compared with the chain's at this pace: events alone are never believed. */
const RECONCILE_MS = 5_000

/** The Ledger port of the peer that `owner` is paid for. */
export function peerLedger(parts: { chain: Chain; clock: PeerClock; owner: WalletKey }): PeerLedger {
  const { chain, clock, owner } = parts
  const newest = new Map<WalletKey, { certificate: Certificate; totals: Totals }>()
  let cancel: (() => void) | undefined
  const reconcile = (): void => {
    cancel = undefined
    for (const [account, { certificate, totals }] of newest) {
      const onChain = chain.account(account)
      const settled = onChain.height >= certificate.header.height
      const owed = (onChain.totals.get(owner) ?? 0n) > (onChain.paid.get(owner) ?? 0n)
      if (!settled) chain.submit({ type: 'settle', certificate, totals })
      else if (owed) chain.submit({ type: 'claim', account, payee: owner })
      else newest.delete(account)
    }
    if (newest.size > 0) cancel = clock.after(RECONCILE_MS, reconcile)
  }
  const ledger: PeerLedger = {
    kind: 'roster',
    networkId: NETWORK_ID,
    programId: new Uint8Array(32),
    seen: chain.epoch,
    events: undefined,
    start: async (events) => {
      ledger.events = events
    },
    stop: async () => cancel?.(),
    registry: () => chain.view(ledger.seen),
    registryAt: (epoch) => (epoch <= ledger.seen ? chain.view(epoch) : undefined),
    funds: (account) => ({ total: chain.account(account).deposit, asOfMs: clock.wallMs() }),
    offerHeader: (header, totals, signatures) => {
      newest.set(header.account, { certificate: { header, headerBytes: encodeHeader(header), signatures }, totals })
      cancel ??= clock.after(RECONCILE_MS, reconcile)
    },
    receive: () => undefined,
  }
  return ledger
}
