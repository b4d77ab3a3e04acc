/**
 * Change of epochs, third part: **the sealed log goes to the next committee**. Before it: the log's last entry in an
 * epoch, its seal, was certified (`AgreementRunner`) or taken over from another witness (`LogKeeper`). Here the log
 * enters the next epoch, if this peer is in that committee too, and is sent to the others until that epoch's first
 * entry shows that q of them hold it. After it: their `LogKeeper` takes it over; nobody who holds it ever says "none"
 * (`AbsenceCheck`).
 */
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { firstDueMs, Retry } from '../retry.ts'
import type { MonotonicMs } from '../time.ts'
import type { AccountLog } from './account-log.ts'
import { sendState } from './state-transfer.ts'
import { rulesOf, type Voting } from './voting.ts'

/** A sealed log, and when it is offered again: given up with `retry`. */
interface Handoff {
  readonly log: AccountLog
  readonly retry: Retry
}

/** One minute: whoever comes later asks for the state itself. */
const OFFER = { firstMs: 1_000, attempts: 59 }

/** The logs that this witness hands over: at most those that it keeps, each until its epoch goes on. */
export class EpochHandoff {
  readonly #context: Context
  readonly #voting: Voting
  readonly #handoffs = new Map<WalletKey, Handoff>()

  constructor(context: Context, voting: Voting) {
    this.#context = context
    this.#voting = voting
  }

  /**
   * From now on this witness says nothing more in the epoch for which `log` was sealed, and offers it, all over again
   * if it was offered before. It begins to vote in the next epoch if it is in that committee: then the log is to be
   * resumed, before it is offered. False if the next committee is not known yet: nothing can be offered.
   */
  begin(log: AccountLog): boolean {
    log.instance = undefined
    const next = this.#context.committee(log.account, log.state.sealedFor)
    this.#handoffs.set(log.account, { log, retry: new Retry(OFFER, this.#context.monotonicMs) })
    if (next?.witnesses.includes(this.#context.self) === true) {
      log.rules = rulesOf(this.#context, next)
      this.#context.write(log.snapshotChanges(), { durable: true, lane: log.account })
      this.#voting.begin(log)
    }
    return next !== undefined
  }

  /** Logs whose next committee was not known when they were sealed, or does not include this peer. */
  waiting(): AccountLog[] {
    return [...this.#handoffs.values()].flatMap(({ log }) => (log.instance === undefined ? [log] : []))
  }

  /** Sends the account's log to its next committee, unless that is known to go on already. */
  offer(account: WalletKey): void {
    const handoff = this.#handoffs.get(account)
    if (handoff === undefined) return
    const { log, retry } = handoff
    const movedOn = log.certificate !== undefined && log.state.sealedFor === 0
    if (movedOn || retry.failed) {
      this.#handoffs.delete(account)
      return
    }
    retry.attempted(this.#context.monotonicMs)
    const next = this.#context.committee(account, log.state.sealedFor)
    const others = next?.witnesses.filter((peer) => peer !== this.#context.self)
    if (others !== undefined) sendState(this.#context, log, others)
  }

  /** When a log is offered again; never if none is handed over. */
  nextMs(): MonotonicMs {
    return firstDueMs(this.#handoffs.values())
  }

  /** Offers again what is due. */
  tick(): void {
    const { monotonicMs } = this.#context
    for (const [account, { retry }] of this.#handoffs) if (retry.isDue(monotonicMs)) this.offer(account)
  }
}
