/**
 * Change of epochs, second part: **whether an account has no log yet**. A witness begins a log only where q witnesses
 * of the committee before say that they have none and will begin none (decision 0008): this asks them, and says the
 * same of this witness to the committee after. Before it: `EpochCloser`, whose closed epochs make "none" an answer for
 * good. After it: `LogKeeper` begins the log, or takes over the one that `EpochHandoff` of another witness sends.
 *
 * Not to be confused with `QueryResponder`, which answers what users ask about logs that are there.
 */
import { limits } from '#protocol/limits.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { firstDueMs, Retry } from '../retry.ts'
import type { MonotonicMs } from '../time.ts'
import { EpochCloser } from './epoch-closer.ts'

/** What is known of one account in one epoch. */
interface Inquiry {
  readonly account: WalletKey
  /** The committee of that epoch: it is asked. */
  readonly asked: Committee
  /** Its witnesses that have no log of the account: only grows, an answer is never taken back. */
  readonly without: Set<PeerKey>
  /** Witnesses of the epoch after that wait for this witness's own answer, which depends on this one. */
  readonly askers: Set<PeerKey>
  /** When those who have not answered are asked again; the inquiry is forgotten when that fails. */
  readonly retry: Retry
}

/** One minute: a committee that is asked is closing its epoch, which takes half of that. */
const ASK = { firstMs: 1_000, attempts: 60 }

/** At most {@link limits.accountsServed} inquiries; beyond that, accounts of unknown past are not begun. */
export class AbsenceCheck {
  readonly #context: Context
  readonly #epochs: EpochCloser
  readonly #holds: (account: WalletKey) => boolean
  /** By {@link nameOf} what is asked. */
  readonly #inquiries = new Map<string, Inquiry>()

  /** `holds`: true if this witness keeps a log of the account. */
  constructor(parts: { context: Context; epochs: EpochCloser; holds: (account: WalletKey) => boolean }) {
    this.#context = parts.context
    this.#epochs = parts.epochs
    this.#holds = parts.holds
  }

  /**
   * True once it is certain that no committee before that of `epoch` began a log of the account; asks for it if it is
   * not. In the first epoch that this peer knows nobody can have; later, q witnesses of the epoch before must say so.
   */
  noLogBefore(account: WalletKey, epoch: number): boolean {
    const asked = this.#context.committee(account, epoch - 1)
    if (asked === undefined) return true
    const name = nameOf(asked.epoch, account)
    const known = this.#inquiries.get(name)
    const { monotonicMs, self } = this.#context
    const inquiry = known ?? {
      account,
      asked,
      without: new Set(),
      askers: new Set(),
      retry: new Retry(ASK, monotonicMs),
    }
    // Nothing is known here, or nobody would ask; once the epoch is closed here, nothing will be.
    if (asked.witnesses.includes(self) && asked.epoch <= this.#epochs.closed) inquiry.without.add(self)
    if (known === undefined && this.#inquiries.size < limits.accountsServed) {
      this.#inquiries.set(name, inquiry)
      if (inquiry.without.size < asked.q) this.#ask(name)
    }
    return inquiry.without.size >= asked.q
  }

  /** `from` says that it has no log of the account in `epoch`. True if q witnesses say so by now: there is none. */
  onNone(from: PeerKey, account: WalletKey, epoch: number): boolean {
    const inquiry = this.#inquiries.get(nameOf(epoch, account))
    if (inquiry?.asked.witnesses.includes(from) !== true) return false
    inquiry.without.add(from)
    if (inquiry.without.size < inquiry.asked.q) return false
    for (const asker of inquiry.askers) this.answerNone(asker, account, epoch + 1)
    inquiry.askers.clear()
    return true
  }

  /**
   * Promises `to`: "there is no log of this account here, nor will there be one in `epoch`"; says nothing if that is
   * not certain. Where the epoch ended just now, its committee makes sure that it did not miss one itself: what was
   * handed to it must reach q of it within one more epoch.
   */
  answerNone(to: PeerKey, account: WalletKey, epoch: number): void {
    if (this.#holds(account) || epoch > this.#epochs.closed) return
    if (this.#context.committee(account, epoch)?.witnesses.includes(this.#context.self) !== true) return
    if (epoch + 1 === this.#epochs.newest && !this.noLogBefore(account, epoch)) {
      this.#inquiries.get(nameOf(epoch - 1, account))?.askers.add(to)
      return
    }
    this.#context.send([to], { type: 'no-state', account, epoch }, { lane: EpochCloser.LANE })
  }

  /** When somebody is asked again; never if nothing is asked. */
  nextMs(): MonotonicMs {
    return firstDueMs(this.#inquiries.values())
  }

  /** Asks again where it is due. */
  tick(): void {
    const { monotonicMs } = this.#context
    for (const [name, { retry }] of this.#inquiries) if (retry.isDue(monotonicMs)) this.#ask(name)
  }

  /** Asks those who have not answered. What they said is kept until the last attempt is over. */
  #ask(name: string): void {
    const inquiry = this.#inquiries.get(name)
    if (inquiry === undefined) return
    const { account, asked, without, retry } = inquiry
    if (retry.failed) {
      this.#inquiries.delete(name)
      return
    }
    retry.attempted(this.#context.monotonicMs)
    if (without.size >= asked.q) return
    const silent = asked.witnesses.filter((peer) => !without.has(peer) && peer !== this.#context.self)
    this.#context.send(silent, { type: 'fetch-state', account, epoch: asked.epoch })
  }
}

function nameOf(epoch: number, account: WalletKey): string {
  return `${epoch}/${account}`
}
