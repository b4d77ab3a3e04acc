/** Which logs this witness keeps: begins them, brings them up to date, hands them over at the end of an epoch. */
import { type AccountState, emptyAccount } from '#protocol/account/state.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Recovered } from '#protocol/agreement/effects.ts'
import { limits } from '#protocol/limits.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { OfferBook } from '../offers/offer-book.ts'
import { storeKeys } from '../store-keys.ts'
import { AccountLog } from './account-log.ts'
import type { AnswerRate } from './answer-rate.ts'
import { EpochHandoff } from './epoch-handoff.ts'
import { ENDING_MAX, Epochs } from './epochs.ts'
import { Inquiries } from './inquiries.ts'
import { readState, sendState } from './state-transfer.ts'
import { abstainIfForgotten, rulesOf, takePart } from './take-part.ts'

export class LogKeeper {
  readonly #context: Context
  readonly #offers: OfferBook
  readonly #blobs: BlobExchange
  readonly #answers: AnswerRate
  readonly #recovered: ReadonlyMap<WalletKey, Recovered>
  readonly #resumed: (log: AccountLog, before: AccountState | undefined) => void
  readonly #logs = new Map<WalletKey, AccountLog>()
  readonly #epochs: Epochs
  readonly #handoff: EpochHandoff
  readonly #inquiries: Inquiries

  constructor(parts: {
    context: Context
    offers: OfferBook
    blobs: BlobExchange
    answers: AnswerRate
    recovered: ReadonlyMap<WalletKey, Recovered>
    closedEpoch: number
    resumed: (log: AccountLog, before: AccountState | undefined) => void
  }) {
    this.#context = parts.context
    this.#offers = parts.offers
    this.#blobs = parts.blobs
    this.#answers = parts.answers
    this.#recovered = parts.recovered
    this.#resumed = parts.resumed
    const { context } = parts
    this.#epochs = new Epochs(context, parts.closedEpoch)
    this.#handoff = new EpochHandoff(context)
    const holds = (account: WalletKey): boolean => this.#current(account) !== undefined
    this.#inquiries = new Inquiries({ context, epochs: this.#epochs, holds })
  }

  all(): Iterable<AccountLog> {
    return this.#logs.values()
  }

  get size(): number {
    return this.#logs.size
  }

  get(account: WalletKey): AccountLog | undefined {
    return this.#logs.get(account)
  }

  /**
   * The account's log if this peer is one of its witnesses now, or in an epoch that is ending; begins it if there is none: in the earliest
   * epoch that is still open here, whose committee hands it on.
   */
  ensure(account: WalletKey): AccountLog | undefined {
    const known = this.#current(account)
    if (known !== undefined) {
      known.usedMs = this.#context.now.monotonicMs
      return known
    }
    const { newest, closed } = this.#epochs
    for (let epoch = Math.max(closed + 1, newest - ENDING_MAX); epoch < newest; epoch++) {
      if (this.#isWitness(account, epoch)) return this.#ensureIn(account, this.#context.committee(account, epoch))
    }
    return this.#ensureIn(account, this.#context.committee(account))
  }

  #isWitness(account: WalletKey, epoch: number, peer = this.#context.self): boolean {
    return this.#context.committee(account, epoch)?.witnesses.includes(peer) === true
  }

  #ensureIn(account: WalletKey, committee: Committee | undefined): AccountLog | undefined {
    if (committee === undefined || !committee.witnesses.includes(this.#context.self)) return undefined
    if (this.#logs.size >= limits.accountsServed && !this.#evict()) return undefined
    if (!this.#inquiries.noneBefore(account, committee.epoch)) return undefined
    const log = this.#open(emptyAccount(account, committee.epoch), committee)
    // Durable before the first vote: a witness that crashes must know that it may have voted.
    this.#context.write(log.snapshotChanges(), { durable: true, lane: account })
    this.#begin(log)
    return log
  }

  /** A log found on the disk at the start. */
  restore(
    state: AccountState,
    certificate: Certificate | undefined,
    options: { epoch: number; abstainsIn: number },
  ): void {
    const committee = this.#context.committee(state.account, options.epoch)
    if (committee === undefined) return
    const certifiedBy = certificate && this.#context.committee(state.account, certificate.header.epoch)
    const log = this.#open(state, committee)
    log.certificate = certificate
    log.certifiedBy = certifiedBy
    log.abstainsIn = options.abstainsIn
    log.signedHeight = this.#recovered.get(state.account)?.signed?.height ?? 0
    if (state.sealedFor > 0) {
      this.handOff(log)
      return
    }
    this.#begin(log)
    this.#resumed(log, undefined)
  }

  onFetchState(from: PeerKey, account: WalletKey, epoch: number): void {
    const log = this.#current(account)
    if (log?.certificate !== undefined) {
      if (this.#answers.allows(`state/${account}/${from}`)) sendState(this.#context, log, [from])
      return
    }
    // One that is just beginning is decided, sealed and handed over.
    if (log !== undefined || !this.#isWitness(account, epoch + 1, from)) return
    const { closed, newest } = this.#epochs
    if (epoch <= closed) this.#inquiries.answerNone(from, account, epoch)
    else if (epoch < newest) this.#beginToSeal(account)
  }

  onNoState(from: PeerKey, account: WalletKey, epoch: number): void {
    if (!this.#inquiries.hearNone(from, account, epoch)) return
    if (epoch + 1 > this.#epochs.closed && this.#current(account) === undefined) this.#beginToSeal(account)
  }

  /** The next committee waits: the first entry of a log that has nothing in it yet seals it. */
  #beginToSeal(account: WalletKey): void {
    const log = this.ensure(account)
    if (log !== undefined) this.#resumed(log, undefined)
  }

  /** A certified state from another witness: taken over if it is newer than ours and q signatures stand under it. */
  onState(frame: { account: WalletKey; certificate: Uint8Array; state: Uint8Array }): void {
    const known = this.#logs.get(frame.account)
    const read = readState(this.#context, frame, known?.state)
    if (read !== undefined) this.#adopt(known, read.state, read.certificate, read.certifiedBy)
  }

  /** The log was sealed: the next epoch's committee gets it, and goes on once q of it hold it on disk. */
  handOff(log: AccountLog): void {
    log.instance = undefined
    const next = this.#context.committee(log.account, log.state.sealedFor)
    this.#handoff.add(log)
    if (next === undefined) return
    if (next.witnesses.includes(this.#context.self)) this.#enterEpoch(log, next)
    this.#handoff.offer(log.account)
  }

  onLedger(): void {
    this.#epochs.look()
    for (const log of this.#handoff.logs()) if (log.instance === undefined) this.handOff(log)
  }

  nextWakeMs(): number {
    const closeMs = this.#epochs.nextMs() + this.#context.stalledMs
    return Math.min(this.#handoff.nextMs(), this.#inquiries.nextMs(), closeMs)
  }

  tick(): void {
    this.#handoff.tick()
    this.#epochs.look()
    this.#inquiries.tick()
  }

  /**
   * The account's log, unless it is an empty one of an epoch that is closed, or of a committee that was drawn before the account's owner was
   * known: that is forgotten, for its witnesses tell the next committee that there is none, and must not begin it after all. One with a lock
   * or a signature stays: it may be certified somewhere.
   */
  #current(account: WalletKey): AccountLog | undefined {
    const log = this.#logs.get(account)
    if (log === undefined || log.state.height > 0) return log
    const { instance } = log
    const now = this.#context.committee(account)
    const { epoch, witnesses } = log.rules.committee
    const other = now?.epoch === epoch && now.witnesses.join() !== witnesses.join()
    if (
      (!other && epoch > this.#epochs.closed) ||
      instance?.voting.prepared !== undefined ||
      instance?.voting.signed !== undefined
    )
      return log
    this.#logs.delete(account)
    this.#context.write([{ del: storeKeys.snapshot(account, 0) }], { durable: true, lane: account })
    return undefined
  }

  #open(state: AccountState, committee: Committee): AccountLog {
    const log = new AccountLog({
      account: state.account,
      state,
      rules: rulesOf(this.#context, committee),
      context: this.#context,
      offers: this.#offers,
      blobs: this.#blobs,
    })
    log.usedMs = this.#context.now.monotonicMs
    this.#logs.set(state.account, log)
    return log
  }

  #begin(log: AccountLog): void {
    takePart(this.#context, log, this.#recovered.get(log.account))
  }

  #adopt(known: AccountLog | undefined, state: AccountState, certificate: Certificate, certifiedBy: Committee): void {
    const epoch = state.sealedFor > 0 ? state.sealedFor : state.epoch
    if (known === undefined && !this.#isWitness(state.account, epoch)) return
    const before = known?.state
    const log = known ?? this.#open(state, certifiedBy)
    log.rules = rulesOf(this.#context, certifiedBy)
    log.adopt(state, certificate, certifiedBy)
    abstainIfForgotten(this.#context, log, certificate)
    if (state.sealedFor > 0) {
      this.handOff(log)
    } else {
      log.instance = undefined
      this.#begin(log)
    }
    this.#resumed(log, before ?? emptyAccount(state.account, state.epoch))
  }

  #enterEpoch(log: AccountLog, committee: Committee): void {
    log.rules = rulesOf(this.#context, committee)
    this.#context.write(log.snapshotChanges(), { durable: true, lane: log.account })
    this.#begin(log)
    this.#resumed(log, undefined)
  }

  /** Makes room: the empty log that was of no use for longest. Logs with history or a vote of this witness are never dropped. */
  #evict(): boolean {
    let oldest: AccountLog | undefined
    for (const log of this.#logs.values()) {
      if (log.state.height > 0 || log.pending.size > 0 || log.instance?.voting.prepares.has(this.#context.self))
        continue
      if (oldest === undefined || log.usedMs < oldest.usedMs) oldest = log
    }
    if (oldest !== undefined) this.#logs.delete(oldest.account)
    return oldest !== undefined
  }
}
