/** Tells those concerned what became of jobs: this peer itself, the replicas, and whoever asked. */
import { encodeReceipt, makeReceipt, type Receipt } from '#protocol/account/receipt.ts'
import type { AccountState, JobRecord } from '#protocol/account/state.ts'
import type { Stepped } from '#protocol/account/step.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import type { AccountLog } from './account-log.ts'

/** What the rest of the peer learns from its own witness. */
export interface WitnessListener {
  /** A job's record changed in the certified state of an epoch and a height. `receipt` costs a proof: make it only where one is needed. */
  changed(job: JobRecord, at: { epoch: number; height: number }, receipt: () => Receipt | undefined): void
  rejected(id: string, code: string, author: PeerKey | WalletKey): void
}

/** Jobs that are followed, and peers that follow one. */
const FOLLOWED_MAX = 8_192
const FOLLOWERS_MAX = 16

export class Announcer {
  readonly #context: Context
  readonly #listener: WitnessListener
  /** Job → peers that want to hear of it: its poster and those who asked. */
  readonly #followers = new Map<string, Set<PeerKey>>()

  constructor(context: Context, listener: WitnessListener) {
    this.#context = context
    this.#listener = listener
  }

  /** `peer` hears of the job until it is over. */
  follow(job: string, peer: PeerKey): void {
    const followers = this.#followers.get(job) ?? new Set<PeerKey>()
    if (followers.size >= FOLLOWERS_MAX || (this.#followers.size >= FOLLOWED_MAX && !this.#followers.has(job))) return
    followers.add(peer)
    this.#followers.set(job, followers)
  }

  /** Tells everyone concerned what an entry changed. */
  report(log: AccountLog, before: AccountState, { state, rejected }: Stepped): void {
    for (const { id, code } of rejected) this.#reject(log, id, code)
    for (const job of state.jobs.values()) {
      if (before.jobs.get(job.id) === job) continue
      const receipt = (): Receipt | undefined => receiptOf(log, job.id)
      this.#listener.changed(job, state, receipt)
      this.#announce(log, job, receipt)
    }
  }

  /** Those who speak at this height send the receipt to those concerned; the others answer when asked. */
  #announce(log: AccountLog, job: JobRecord, receipt: () => Receipt | undefined): void {
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
