/**
 * Decides when this peer brings which account to the chain. Any peer may, so they take turns: after the interval the
 * first in the draw settles; the others, waiting a little longer each, find it done. Nothing of this is on the path of
 * a job.
 */
import type { Keypair } from '@solana/web3.js'
import { atMost } from '#node/ports/at-most.ts'
import type { Clock } from '#node/ports/clock.ts'
import type { Log } from '#node/ports/log.ts'
import { type CreditAccountRecord, spendingLimit } from '#programs/client/read.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { ChainNetwork } from './cluster.ts'
import { isDoneAlready } from './errors.ts'
import type { Funds } from './funds.ts'
import { settle } from './settle.ts'
import type { Settlement, Settlements } from './settlements.ts'
import { staggerPosition } from './stagger.ts'

export interface SettlePolicy {
  /** Time between two settlements of an account. */
  readonly everyMs: number
  /** Micro-credits below which a settlement waits a day: it costs about as much itself. */
  readonly min: bigint
  /** What each place in the draw waits longer. */
  readonly staggerMs: number
  readonly priorityMicroLamports: number
}

export interface SettlerParts {
  readonly chain: ChainNetwork
  readonly payer: Keypair
  readonly self: PeerKey
  readonly settlements: Settlements
  readonly funds: Funds
  readonly policy: SettlePolicy
  readonly clock: Clock
  readonly log: Log
  readonly registry: () => RegistryView | undefined
  /** A committee whose rent this peer paid. */
  readonly onPinned: (account: WalletKey, epoch: number) => void
}

/** How it went so far to bring an account to the chain. */
interface Attempts {
  /** What waits: changes when the chain or the log moves on. */
  occasion: string
  sinceMs: number
  failures: number
  notBeforeMs: number
}

const SEND_TIMEOUT_MS = 60_000
const BACK_OFF_MS = 1_000
/** Longest pause after failures, in places of the draw: a chain that is back is settled on soon. */
const BACK_OFF_PLACES = 20
/** A small sum is settled after so many intervals. */
const SMALL_INTERVALS = 144

export class Settler {
  readonly #parts: SettlerParts
  readonly #attempts = new Map<WalletKey, Attempts>()
  /** Accounts whose claims are complete at this height. */
  readonly #complete = new Map<WalletKey, number>()
  #busy = false

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  /** Settles the accounts whose turn it is, one after the other. Never rejects. */
  async tick(signal: AbortSignal): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      for (const account of [...this.#parts.settlements.accounts()]) {
        if (signal.aborted) return
        if (this.#isDue(account)) await this.#settle(account, signal)
      }
    } catch (error) {
      this.#parts.log.error({ error }, 'settling failed')
    } finally {
      this.#busy = false
    }
  }

  #isDue(account: WalletKey): boolean {
    const { funds, settlements, clock, policy, self, registry } = this.#parts
    const nowMs = clock.monotonicMs()
    funds.track(account, clock.wallMs())
    const record = funds.reading(account)?.record
    const view = registry()
    if (record === undefined || view === undefined) return false
    settlements.forgetBefore(account, Number(record.epoch))
    const work = this.#work(account, record, view.epoch)
    if (work === undefined) {
      this.#attempts.delete(account)
      return false
    }
    const attempts = this.#attemptsAt(
      account,
      `${record.epoch}/${record.height}/${record.forceSinceSlot}/${work.kind}`,
      nowMs,
    )
    if (nowMs < attempts.notBeforeMs) return false
    const peers = view.members.map(({ peer }) => peer)
    const position = staggerPosition(self, peers, `${account}/${attempts.occasion}`)
    const intervalMs = work.urgent ? 0 : work.small ? policy.everyMs * SMALL_INTERVALS : policy.everyMs
    return nowMs >= attempts.sinceMs + intervalMs + position * policy.staggerMs
  }

  /** What is to be done for an account; undefined if nothing is. */
  #work(
    account: WalletKey,
    record: CreditAccountRecord,
    networkEpoch: number,
  ): { readonly kind: 'settle' | 'claim' | 'move'; readonly urgent: boolean; readonly small: boolean } | undefined {
    const { settlements, policy } = this.#parts
    const epoch = Number(record.epoch)
    const settlement = settlements.at(account, epoch)
    if (epoch > networkEpoch) return undefined
    if (settlement !== undefined && BigInt(settlement.header.height) > record.height) {
      const unsettled = settlement.header.spent - record.spent
      const left = spendingLimit(record) - record.spent
      const urgent = settlement.header.sealed || record.pending > 0n || unsettled * 2n > left
      if (settlement.header.sealed || unsettled > 0n) return { kind: 'settle', urgent, small: unsettled < policy.min }
    }
    if (record.spent > 0n && settlement !== undefined && this.#complete.get(account) !== Number(record.height))
      return { kind: 'claim', urgent: true, small: false }
    // The log has left the chain's epoch behind, and nobody holds the header that sealed it.
    const newest = settlements.newestEpoch(account) ?? epoch
    if (settlement === undefined && newest > epoch && networkEpoch > epoch)
      return { kind: 'move', urgent: false, small: false }
    return undefined
  }

  #attemptsAt(account: WalletKey, occasion: string, nowMs: number): Attempts {
    const known = this.#attempts.get(account)
    if (known?.occasion === occasion) return known
    const attempts = { occasion, sinceMs: nowMs, failures: 0, notBeforeMs: 0 }
    this.#attempts.set(account, attempts)
    return attempts
  }

  async #settle(account: WalletKey, signal: AbortSignal): Promise<void> {
    const { chain, payer, settlements, funds, policy, log, clock, registry, onPinned } = this.#parts
    const record = funds.reading(account)?.record
    const networkEpoch = registry()?.epoch
    const attempts = this.#attempts.get(account)
    if (record === undefined || networkEpoch === undefined || attempts === undefined) return
    const settlement = settlements.at(account, Number(record.epoch))
    try {
      const { priorityMicroLamports } = policy
      const { signatures, pinned } = await atMost(SEND_TIMEOUT_MS, signal, (limited) =>
        settle(chain, settlement, account, { networkEpoch, payer, priorityMicroLamports, signal: limited }),
      )
      if (pinned) onPinned(account, Number(record.epoch))
      this.#settled(account, settlement, record, signatures)
      attempts.failures = 0
      // The reading lags by finality; what is rolled back until then is due again.
      attempts.notBeforeMs = clock.monotonicMs() + Math.max(BACK_OFF_MS, policy.staggerMs)
    } catch (error) {
      if (signal.aborted) return
      const delayMs = Math.min(
        BACK_OFF_PLACES * policy.staggerMs,
        Math.max(BACK_OFF_MS, policy.staggerMs) * 2 ** attempts.failures,
      )
      attempts.failures = Math.min(attempts.failures + 1, 16)
      attempts.notBeforeMs = clock.monotonicMs() + delayMs
      if (isDoneAlready(error)) log.debug({ account }, 'another peer was first')
      else log.warn({ account, error, retryMs: delayMs }, 'settlement not sent')
    }
  }

  #settled(
    account: WalletKey,
    settlement: Settlement | undefined,
    record: CreditAccountRecord,
    signatures: readonly string[],
  ): void {
    const { log } = this.#parts
    // Nothing was left to send: all claims at this height are paid.
    if (signatures.length === 0) this.#complete.set(account, Number(record.height))
    if (signatures.length === 0) return
    const { height, spent } = settlement?.header ?? {}
    log.info({ account, height, spent: String(spent ?? ''), signatures }, 'settled on chain')
  }
}
