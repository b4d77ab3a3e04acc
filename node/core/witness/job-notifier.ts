/**
 * Tells those concerned, one by one, what became of jobs: this peer itself, the replicas, the poster and whoever asked.
 * What everybody may know, where accounts stand, is told to the network by `AccountPublisher`.
 */
import { encodeReceipt, makeReceipt, type Receipt } from '#protocol/account/receipt.ts'
import type { AccountState, JobRecord } from '#protocol/account/state.ts'
import type { Stepped } from '#protocol/account/step.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import type { AccountLog } from './account-log.ts'

/** What the rest of the peer learns from its own witness. */
export interface WitnessListener {
  /**
   * A job's record changed in the certified state of an epoch and a height. `receipt` costs a proof: make it only where
   * one is needed, and at once, for it is that of the log's state when it is made.
   */
  changed(job: JobRecord, at: { epoch: number; height: number }, receipt: () => Receipt | undefined): void
  /** An entry refused the input `id`, for good. `code` is an `ErrorCode`. */
  rejected(id: string, code: string, author: PeerKey | WalletKey): void
}

/** Jobs that are followed; who follows a further one has to ask. */
const FOLLOWED_MAX = 8_192
/** Peers that follow one job: its poster, and some that asked. */
const FOLLOWERS_MAX = 16

/** Receipts of certified states leave after the certificate is on the disk, in the account's lane. */
export class JobNotifier {
  readonly #context: Context
  readonly #listener: WitnessListener
  /** Job → peers that want to hear of it, until it is over: at most {@link FOLLOWED_MAX} and {@link FOLLOWERS_MAX}. */
  readonly #followers = new Map<string, Set<PeerKey>>()

  constructor(context: Context, listener: WitnessListener) {
    this.#context = context
    this.#listener = listener
  }

  /** `peer` hears of the job until it is over, if there is room. */
  follow(job: string, peer: PeerKey): void {
    const followers = this.#followers.get(job) ?? new Set<PeerKey>()
    if (followers.size >= FOLLOWERS_MAX || (this.#followers.size >= FOLLOWED_MAX && !this.#followers.has(job))) return
    followers.add(peer)
    this.#followers.set(job, followers)
  }

  /** Sends `to` the job's receipt, and follows the job for it while it is open. False if there is no receipt yet. */
  answer(log: AccountLog, job: string, to: PeerKey): boolean {
    const receipt = receiptOf(log, job)
    if (receipt !== undefined) this.#context.send([to], { type: 'receipt', receipt: encodeReceipt(receipt) })
    if (log.state.jobs.get(job)?.phase !== 'closed') this.follow(job, to)
    return receipt !== undefined
  }

  /** Tells everyone concerned what the log's state says that `before` did not, and what was rejected on the way. */
  report(log: AccountLog, before: AccountState, { state, rejected }: Stepped): void {
    for (const { id, code } of rejected) this.#reject(log, id, code)
    for (const job of state.jobs.values()) {
      if (before.jobs.get(job.id) === job) continue
      const receipt = (): Receipt | undefined => receiptOf(log, job.id)
      this.#listener.changed(job, state, receipt)
      this.#notify(log, job, receipt)
    }
  }

  /** Those who speak at this height send the receipt to those concerned; the others answer when asked. */
  #notify(log: AccountLog, job: JobRecord, receipt: () => Receipt | undefined): void {
    const followers = this.#followers.get(job.id)
    if (job.phase === 'closed') this.#followers.delete(job.id)
    const { self } = this.#context
    if (!isDesignatedSender(log, self, log.state.height)) return
    const concerned = new Set<PeerKey>([...job.seats.map((seat) => seat.peer), ...(followers ?? [])])
    concerned.delete(self)
    // Witnesses know it themselves; one that is behind and follows the job still hears of its end.
    const { witnesses } = log.rules.committee
    if (job.phase !== 'closed') for (const witness of witnesses) concerned.delete(witness)
    else for (const witness of witnesses) if (followers?.has(witness) !== true) concerned.delete(witness)
    const made = concerned.size === 0 ? undefined : receipt()
    if (made !== undefined)
      this.#context.send([...concerned], { type: 'receipt', receipt: encodeReceipt(made) }, { lane: log.account })
  }

  #reject(log: AccountLog, id: string, code: string): void {
    const followers = this.#followers.get(id) ?? new Set<PeerKey>()
    this.#followers.delete(id)
    this.#listener.rejected(id, code, log.account)
    this.#context.send(
      [...followers].filter((peer) => peer !== this.#context.self),
      { type: 'rejected', id, code },
    )
  }
}

/** True for f + 1 witnesses, so for an honest one, at each height: they tell the others what all of them know. */
export function isDesignatedSender({ rules }: AccountLog, self: PeerKey, height: number): boolean {
  const { witnesses, f, n } = rules.committee
  return (witnesses.indexOf(self) - (height % n) + n) % n <= f
}

/** The receipt of a job in the log's state; `undefined` before the first certificate. */
export function receiptOf(log: AccountLog, job: string): Receipt | undefined {
  return log.certificate === undefined ? undefined : makeReceipt(log.state, log.certificate, job)
}
