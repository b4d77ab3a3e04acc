/** Sealed logs on their way: each is offered to its next committee until that has moved on, or often enough. */
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { soonestMs } from '../soonest.ts'
import type { AccountLog } from './account-log.ts'
import { sendState } from './state-transfer.ts'

/** A log that is handed to its next committee, and how often it is still offered. */
interface Handoff {
  readonly log: AccountLog
  atMs: number
  left: number
}

const OFFER_EVERY_MS = 1_000
const OFFERS = 60

export class EpochHandoff {
  readonly #context: Context
  readonly #handoffs = new Map<WalletKey, Handoff>()

  constructor(context: Context) {
    this.#context = context
  }

  /** From now on `log` is offered, all over again if it was before. */
  add(log: AccountLog): void {
    this.#handoffs.set(log.account, { log, atMs: this.#context.now.monotonicMs, left: OFFERS })
  }

  /** The logs that are being handed over. */
  logs(): AccountLog[] {
    return [...this.#handoffs.values()].map(({ log }) => log)
  }

  /** Sends the account's log to its next committee, unless that is known to go on already. */
  offer(account: WalletKey): void {
    const handoff = this.#handoffs.get(account)
    if (handoff === undefined) return
    const { log } = handoff
    handoff.atMs = this.#context.now.monotonicMs + OFFER_EVERY_MS
    handoff.left--
    const movedOn = log.certificate !== undefined && log.state.sealedFor === 0
    if (movedOn || handoff.left <= 0) {
      this.#handoffs.delete(account)
      return
    }
    const next = this.#context.committee(account, log.state.sealedFor)
    const others = next?.witnesses.filter((peer) => peer !== this.#context.self)
    if (others !== undefined) sendState(this.#context, log, others)
  }

  nextMs(): number {
    return soonestMs(this.#handoffs.values())
  }

  tick(): void {
    const { monotonicMs } = this.#context.now
    for (const [account, { atMs }] of this.#handoffs) if (atMs <= monotonicMs) this.offer(account)
  }
}
