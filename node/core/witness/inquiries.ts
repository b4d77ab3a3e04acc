/**
 * Whether an account had a log before: its committee of the epoch before is asked, and the committee after is told. A witness begins a log
 * only where q witnesses of the committee before say that they have none and will begin none (decision 0008).
 */
import { limits } from '#protocol/limits.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { soonestMs } from '../soonest.ts'
import { Epochs } from './epochs.ts'

/** A log that would begin after the first epoch: the committee before must say that it has none. */
interface Inquiry {
  readonly account: WalletKey
  /** The committee that is asked. */
  readonly before: Committee
  readonly none: Set<PeerKey>
  /** Witnesses of the epoch after the next that asked whether there is one here. */
  readonly askers: Set<PeerKey>
  atMs: number
  left: number
}

const ASK_EVERY_MS = 1_000
const ASKED = 60

export class Inquiries {
  readonly #context: Context
  readonly #epochs: Epochs
  readonly #holds: (account: WalletKey) => boolean
  /** By the epoch that is asked about, and account. */
  readonly #inquiries = new Map<string, Inquiry>()

  /** `holds`: true if this witness keeps a log of the account. */
  constructor(parts: { context: Context; epochs: Epochs; holds: (account: WalletKey) => boolean }) {
    this.#context = parts.context
    this.#epochs = parts.epochs
    this.#holds = parts.holds
  }

  /** In the first epoch nobody can have begun the log before; later, q witnesses of the epoch before must say that there is none. */
  noneBefore(account: WalletKey, epoch: number): boolean {
    const before = this.#context.committee(account, epoch - 1)
    if (before === undefined) return true
    const name = `${before.epoch}/${account}`
    const known = this.#inquiries.get(name)
    const { now, self } = this.#context
    const inquiry = known ?? {
      account,
      before,
      none: new Set(),
      askers: new Set(),
      atMs: now.monotonicMs,
      left: ASKED,
    }
    // Nothing is known here, or nobody would ask; once the epoch is closed here, nothing will be.
    if (before.witnesses.includes(self) && before.epoch <= this.#epochs.closed) inquiry.none.add(self)
    if (known === undefined && this.#inquiries.size < limits.accountsServed) {
      this.#inquiries.set(name, inquiry)
      if (inquiry.none.size < before.q) this.#ask(name)
    }
    return inquiry.none.size >= before.q
  }

  /** `from` has no log of the account in `epoch`. True if q witnesses say so by now: there is none. */
  hearNone(from: PeerKey, account: WalletKey, epoch: number): boolean {
    const inquiry = this.#inquiries.get(`${epoch}/${account}`)
    if (inquiry?.before.witnesses.includes(from) !== true) return false
    inquiry.none.add(from)
    if (inquiry.none.size < inquiry.before.q) return false
    for (const asker of inquiry.askers) this.answerNone(asker, account, epoch + 1)
    inquiry.askers.clear()
    return true
  }

  /**
   * "There is no log of this account here, nor will there be one in this epoch." Where this epoch ended just now, its committee makes sure that
   * it did not miss one itself: what was handed to it must reach q of it within one more epoch.
   */
  answerNone(to: PeerKey, account: WalletKey, epoch: number): void {
    if (this.#holds(account) || epoch > this.#epochs.closed) return
    if (this.#context.committee(account, epoch)?.witnesses.includes(this.#context.self) !== true) return
    if (epoch + 1 === this.#epochs.newest && !this.noneBefore(account, epoch)) {
      this.#inquiries.get(`${epoch - 1}/${account}`)?.askers.add(to)
      return
    }
    this.#context.send([to], { type: 'no-state', account, epoch }, { lane: Epochs.LANE })
  }

  nextMs(): number {
    return soonestMs(this.#inquiries.values())
  }

  tick(): void {
    const { monotonicMs } = this.#context.now
    for (const [name, { atMs }] of this.#inquiries) if (atMs <= monotonicMs) this.#ask(name)
  }

  /** Asks those who have not answered; an answer never changes, so what is known is kept for a while. */
  #ask(name: string): void {
    const inquiry = this.#inquiries.get(name)
    if (inquiry === undefined) return
    const { account, before, none } = inquiry
    inquiry.atMs = this.#context.now.monotonicMs + ASK_EVERY_MS
    if (inquiry.left-- <= 0) {
      this.#inquiries.delete(name)
      return
    }
    if (none.size >= before.q) return
    const silent = before.witnesses.filter((peer) => !none.has(peer) && peer !== this.#context.self)
    this.#context.send(silent, { type: 'fetch-state', account, epoch: before.epoch })
  }
}
