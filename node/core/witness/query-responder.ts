/**
 * Answers what users of the network ask a witness about jobs and accounts, from the states that it keeps. A question
 * alone begins no log. What witnesses ask each other is answered elsewhere: `CatchUp`, `LogKeeper`, `AbsenceCheck`.
 */
import type { Receipt } from '#protocol/account/receipt.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import { encodeCertificate } from '#protocol/agreement/certificate.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import type { AccountLog } from './account-log.ts'
import type { AnswerRate } from './answer-rate.ts'
import { type JobNotifier, receiptOf } from './job-notifier.ts'
import type { LogKeeper } from './log-keeper.ts'

/** Answers from memory, or has the store read one entry; holds nothing itself. */
export class QueryResponder {
  readonly #context: Context
  readonly #keeper: LogKeeper
  readonly #notifier: JobNotifier
  readonly #answers: AnswerRate

  constructor(parts: { context: Context; keeper: LogKeeper; notifier: JobNotifier; answers: AnswerRate }) {
    this.#context = parts.context
    this.#keeper = parts.keeper
    this.#notifier = parts.notifier
    this.#answers = parts.answers
  }

  /**
   * Sends the receipt of a job that is in one of this witness's states; `from` hears of it from now on. False if there
   * is none.
   */
  onQuery(from: PeerKey, job: string): boolean {
    const log = this.#logWith(job)
    return log !== undefined && this.#notifier.answer(log, job, from)
  }

  /** Sends where the account stands, with the next free sequence number, if this peer is one of its witnesses. */
  onAccount(from: PeerKey, account: WalletKey): void {
    const log = this.#keeper.get(account)
    if (log === undefined && this.#context.committee(account)?.witnesses.includes(this.#context.self) !== true) return
    const certificate = log?.certificate === undefined ? new Uint8Array() : encodeCertificate(log.certificate)
    const pending = new Set(log?.pending.values().map((input) => (input.kind === 'job' ? input.spec.seq : 0)))
    // The first that is missing: jobs behind a gap wait for it.
    let nextSeq = (log?.state.lastSeq ?? 0) + 1
    while (pending.has(nextSeq)) nextSeq++
    const funds = this.#context.ledger.funds(account)?.total ?? null
    this.#context.send([from], { type: 'head', account, certificate, nextSeq, funds })
  }

  /** Has an entry and what it was made of read from the store and sent; at most one to a peer at a time. */
  onFetchEntry(from: PeerKey, account: WalletKey, height: number): void {
    if (!this.#answers.allows(`entry/${from}`)) return
    this.#context.effects.push({ type: 'serve-entry', to: from, account, height })
  }

  /** The job's receipt from this witness's own state; `undefined` if the job is in none of them. */
  find(job: string): Receipt | undefined {
    const log = this.#logWith(job)
    return log && receiptOf(log, job)
  }

  /** The job's record in this witness's own state. */
  record(job: string): JobRecord | undefined {
    return this.#logWith(job)?.state.jobs.get(job)
  }

  #logWith(job: string): AccountLog | undefined {
    for (const log of this.#keeper.all()) if (log.state.jobs.has(job)) return log
    return undefined
  }
}
