/**
 * The witness: keeps the logs of the accounts that it was drawn for. Here frames and time come in, and the parts are
 * put together; `AgreementRunner` carries out what agreement makes of them. The README has an event's way through the
 * files.
 */
import type { Recovered } from '#protocol/agreement/effects.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { OfferBook } from '../offers/offer-book.ts'
import { type ActiveMs, asActive, earliest, later, latest, type MonotonicMs } from '../time.ts'
import type { AccountLog } from './account-log.ts'
import { AccountPublisher } from './account-publisher.ts'
import { AgreementRunner } from './agreement-runner.ts'
import { AnswerRate } from './answer-rate.ts'
import { CatchUp } from './catch-up.ts'
import { EpochHandoff } from './epoch-handoff.ts'
import { InputDoor } from './input-door.ts'
import { InputIntake } from './input-intake.ts'
import { JobNotifier, type WitnessListener } from './job-notifier.ts'
import { LogKeeper } from './log-keeper.ts'
import { QueryResponder } from './query-responder.ts'
import { Voting } from './voting.ts'

/** Inputs that wait for an earlier sequence number are dropped after this time. */
const PENDING_AGE_MS = 60_000
/** Inputs that are too old are looked for this often. */
const SWEEP_EVERY_MS = 5_000
/** What is due by time alone is looked at this often. */
const WAKE_EVERY_MS = 50

/**
 * One per peer, whether it was drawn for any account or not. Every method returns at once; what it wants done are
 * effects.
 */
export class Witness {
  /** The logs, for those who read them. */
  readonly keeper: LogKeeper
  /** Answers about jobs and accounts. */
  readonly queries: QueryResponder
  readonly #context: Context
  readonly #blobs: BlobExchange
  readonly #offers: OfferBook
  readonly #answers: AnswerRate
  readonly #catchUp: CatchUp
  readonly #door: InputDoor
  readonly #publisher: AccountPublisher
  readonly #runner: AgreementRunner
  /**
   * Log → when it may be woken again for what is due: a quorum may take its time, and what is due stays due until then.
   */
  readonly #wakeAgainMs = new WeakMap<AccountLog, ActiveMs>()
  /** When inputs that are too old are looked for again. */
  #sweepAtMs: ActiveMs = asActive(0)
  /** Versions of what lies around every log when the logs were last woken for it. */
  #seen = { offers: -1, blobs: -1 }

  /**
   * `recovered` and `closedEpoch`: this witness's votes, by account, and the highest epoch that it closed, from its
   * disk.
   */
  constructor(parts: {
    context: Context
    blobs: BlobExchange
    offers: OfferBook
    listener: WitnessListener
    recovered: ReadonlyMap<WalletKey, Recovered>
    closedEpoch: number
  }) {
    const { context, blobs, offers, closedEpoch } = parts
    const answers = new AnswerRate(context)
    const catchUp = new CatchUp(context, answers)
    const notifier = new JobNotifier(context, parts.listener)
    const publisher = new AccountPublisher(context)
    const intake = new InputIntake({ context, blobs, notifier })
    const voting = new Voting(context, parts.recovered)
    const handoff = new EpochHandoff(context, voting)
    const runner = new AgreementRunner({ context, blobs, intake, catchUp, voting, handoff, notifier, publisher })
    this.keeper = new LogKeeper({ context, offers, blobs, answers, voting, handoff, runner, closedEpoch })
    this.queries = new QueryResponder({ context, keeper: this.keeper, notifier, answers })
    this.#context = context
    this.#blobs = blobs
    this.#offers = offers
    this.#answers = answers
    this.#catchUp = catchUp
    this.#door = new InputDoor({ context, keeper: this.keeper, intake })
    this.#publisher = publisher
    this.#runner = runner
  }

  // --- frames

  /** A vote or another message of agreement; one of a height that is over is answered with how that ended. */
  onAgreement(from: PeerKey, message: AgreementMessage): void {
    const log = this.keeper.ensure(message.account)
    if (log?.instance === undefined) return
    if (message.height < log.instance.position.height) {
      if (message.type === 'header') this.#runner.receive(log, from, message)
      // A decision is itself an answer: two witnesses that answer each other's would never end.
      if (message.type !== 'decision') this.#catchUp.showDecision(log, from, message.type === 'view-change')
    } else if (message.epoch === log.rules.committee.epoch) this.#runner.receive(log, from, message)
    this.#runner.fetchMissing(log)
  }

  /** Signed inputs from their authors, or from whoever forwards them. Unsigned or foreign ones are dropped. */
  onInputs(from: PeerKey, raws: readonly Uint8Array[]): void {
    const touched = new Set<AccountLog>()
    for (const raw of raws) {
      const log = this.#door.hear(from, raw)
      if (log !== undefined) touched.add(log)
    }
    for (const log of touched) this.#runner.wake(log)
  }

  /** A replica is alive; those of its leases that this witness knows are confirmed, if it asks (`token` above 0). */
  onRenew(from: PeerKey, frame: { account: WalletKey; leases: readonly [string, number][]; token: number }): void {
    const log = this.keeper.get(frame.account)
    const leases = frame.leases.filter(([job, fence]) => log?.renew(job, fence, from) === true)
    if (leases.length > 0 && frame.token > 0)
      this.#context.send([from], { type: 'renewed', leases, token: frame.token })
  }

  // --- time

  /** The ledger's view changed: epochs, funds. */
  onLedger(): void {
    this.keeper.onLedger()
    for (const log of this.keeper.all()) this.#runner.wake(log)
  }

  /** When {@link tick} has something to do at the latest. A stall of this peer moves what runs by active time. */
  nextWakeMs(): MonotonicMs {
    const repeatMs: MonotonicMs = earliest(this.keeper.nextRepeatMs(), this.#publisher.nextMs())
    return earliest(repeatMs, this.#context.timerFor(this.#nextActiveMs()))
  }

  /** What runs by active time: agreement's timers, the silence of others, the end of epochs, the age of inputs. */
  #nextActiveMs(): ActiveMs {
    let next: ActiveMs = earliest(this.#sweepAtMs, this.keeper.nextCloseMs())
    for (const log of this.keeper.all()) {
      // Without a part in the agreement (a sealed log) nothing can be done about what is due.
      if (log.instance === undefined) continue
      next = earliest(next, this.#runner.nextTickMs(log), latest(log.nextDueMs(), this.#mayWakeMs(log)))
    }
    return next
  }

  /** The batch of events is over: does what has become due, and wakes the logs for what is new around them. */
  tick(): void {
    const now = this.#context.activeMs
    const news = this.#offers.version !== this.#seen.offers || this.#blobs.version !== this.#seen.blobs
    this.#seen = { offers: this.#offers.version, blobs: this.#blobs.version }
    this.keeper.tick()
    this.#publisher.tick()
    this.#answers.tick()
    for (const log of this.keeper.all()) {
      if (log.instance === undefined) continue
      if (this.#runner.nextTickMs(log) <= now) this.#runner.tick(log)
      const due = log.nextDueMs() <= now && this.#mayWakeMs(log) <= now
      if (due) this.#wakeAgainMs.set(log, later(now, WAKE_EVERY_MS))
      if (news || due) this.#runner.wake(log)
      this.#runner.fetchMissing(log)
    }
    if (this.#sweepAtMs <= now) this.#sweep(now)
  }

  #mayWakeMs(log: AccountLog): ActiveMs {
    return this.#wakeAgainMs.get(log) ?? asActive(0)
  }

  #sweep(now: ActiveMs): void {
    this.#sweepAtMs = later(now, SWEEP_EVERY_MS)
    for (const log of this.keeper.all()) log.pending.forgetOlderThan(now, PENDING_AGE_MS)
  }
}
