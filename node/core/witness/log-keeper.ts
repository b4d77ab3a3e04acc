/**
 * Which logs this witness keeps: begins them, takes over newer states, lets go of empty ones. Change of epochs, the
 * parts together: a log is begun where `EpochCloser` says that the epoch is open and `AbsenceCheck` that there was none
 * before; a sealed one that comes from another witness goes on through `EpochHandoff`.
 */
import { type AccountState, emptyAccount } from '#protocol/account/state.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import { limits } from '#protocol/limits.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { OfferBook } from '../offers/offer-book.ts'
import { storeKeys } from '../store-keys.ts'
import { type ActiveMs, earliest, type MonotonicMs } from '../time.ts'
import { AbsenceCheck } from './absence-check.ts'
import { AccountLog } from './account-log.ts'
import type { AgreementRunner } from './agreement-runner.ts'
import type { AnswerRate } from './answer-rate.ts'
import { ENDING_MAX, EpochCloser } from './epoch-closer.ts'
import type { EpochHandoff } from './epoch-handoff.ts'
import { type CertifiedState, readState, sendState } from './state-transfer.ts'
import { rulesOf, type Voting } from './voting.ts'

/** What a log is made of, and what is done with one that is kept. */
interface Parts {
  readonly context: Context
  readonly offers: OfferBook
  readonly blobs: BlobExchange
  readonly answers: AnswerRate
  readonly voting: Voting
  readonly handoff: EpochHandoff
  readonly runner: AgreementRunner
}

/** At most {@link limits.accountsServed} logs; where there is no room, an empty one that is of no use gives way. */
export class LogKeeper {
  readonly #parts: Parts
  readonly #context: Context
  readonly #logs = new Map<WalletKey, AccountLog>()
  readonly #epochs: EpochCloser
  readonly #absence: AbsenceCheck

  /** `closedEpoch`: the highest epoch that this witness closed before the start. */
  constructor(parts: Parts & { readonly closedEpoch: number }) {
    this.#parts = parts
    this.#context = parts.context
    const { context } = parts
    this.#epochs = new EpochCloser(context, parts.closedEpoch)
    const holds = (account: WalletKey): boolean => this.#current(account) !== undefined
    this.#absence = new AbsenceCheck({ context, epochs: this.#epochs, holds })
  }

  /** Every log, in no order that means anything. */
  all(): Iterable<AccountLog> {
    return this.#logs.values()
  }

  /** Logs that are kept. */
  get size(): number {
    return this.#logs.size
  }

  /** The account's log if it is kept; begins none. */
  get(account: WalletKey): AccountLog | undefined {
    return this.#logs.get(account)
  }

  /**
   * The account's log if this peer is one of its witnesses now, or in an epoch that is ending; begins it if there is
   * none: in the earliest epoch that is still open here, whose committee hands it on. `undefined` also while it is not
   * certain that the committee before has none, and where there is no room.
   */
  ensure(account: WalletKey): AccountLog | undefined {
    const known = this.#current(account)
    if (known !== undefined) {
      known.usedMs = this.#context.monotonicMs
      return known
    }
    const { newest, closed } = this.#epochs
    for (let epoch = Math.max(closed + 1, newest - ENDING_MAX); epoch < newest; epoch++) {
      if (this.#isWitness(account, epoch)) return this.#ensureIn(account, this.#context.committee(account, epoch))
    }
    return this.#ensureIn(account, this.#context.committee(account))
  }

  /**
   * True if `peer` is a witness of the account beside this one: in the log's epoch, in the newest one, or in one that
   * is just ending.
   */
  isWitnessOf(account: WalletKey, peer: PeerKey): boolean {
    const log = this.#logs.get(account)
    if (log?.rules.committee.witnesses.includes(peer) === true) return true
    const { newest, closed } = this.#epochs
    for (let epoch = Math.max(closed + 1, newest - ENDING_MAX); epoch <= newest; epoch++) {
      if (this.#isWitness(account, epoch) && this.#isWitness(account, epoch, peer)) return true
    }
    return false
  }

  #isWitness(account: WalletKey, epoch: number, peer = this.#context.self): boolean {
    return this.#context.committee(account, epoch)?.witnesses.includes(peer) === true
  }

  #ensureIn(account: WalletKey, committee: Committee | undefined): AccountLog | undefined {
    if (committee === undefined || !committee.witnesses.includes(this.#context.self)) return undefined
    // A key that nobody funded gets no log: what costs nothing to make must cost nothing to hear of.
    if ((this.#context.ledger.funds(account)?.total ?? 0n) <= 0n) return undefined
    if (this.#logs.size >= limits.accountsServed && !this.#evict()) return undefined
    if (!this.#absence.noLogBefore(account, committee.epoch)) return undefined
    const log = this.#open(emptyAccount(account, committee.epoch), committee)
    // Durable before the first vote: a witness that crashes must know that it may have voted.
    this.#context.write(log.snapshotChanges(), { durable: true, lane: account })
    this.#parts.voting.begin(log)
    return log
  }

  /** A log found on the disk at the start. `epoch`: the one that this witness was in. */
  restore(
    state: AccountState,
    certificate: Certificate | undefined,
    options: { epoch: number; abstainsIn: number },
  ): void {
    const { runner, voting } = this.#parts
    const committee = this.#context.committee(state.account, options.epoch)
    if (committee === undefined) return
    const certifiedBy = certificate && this.#context.committee(state.account, certificate.header.epoch)
    const log = this.#open(state, committee)
    log.certificate = certificate
    log.certifiedBy = certifiedBy
    log.abstainsIn = options.abstainsIn
    log.signedHeight = voting.signedHeight(state.account)
    if (state.sealedFor > 0) {
      runner.handOff(log)
      return
    }
    voting.begin(log)
    runner.resume(log)
  }

  /** Another witness is behind, or of the next committee and does not know whether there is a log. */
  onFetchState(from: PeerKey, account: WalletKey, epoch: number): void {
    const log = this.#current(account)
    if (log?.certificate !== undefined) {
      if (this.#parts.answers.allows(`state/${account}/${from}`)) sendState(this.#context, log, [from])
      return
    }
    // One that is just beginning is decided, sealed and handed over.
    if (log !== undefined || !this.#isWitness(account, epoch + 1, from)) return
    const { closed, newest } = this.#epochs
    if (epoch <= closed) this.#absence.answerNone(from, account, epoch)
    else if (epoch < newest) this.#beginToSeal(account)
  }

  /**
   * A witness of the committee before has no log of the account; once q of it say so, one that is waited for begins.
   */
  onNoState(from: PeerKey, account: WalletKey, epoch: number): void {
    if (!this.#absence.onNone(from, account, epoch)) return
    if (epoch + 1 > this.#epochs.closed && this.#current(account) === undefined) this.#beginToSeal(account)
  }

  /** The next committee waits: the first entry of a log that has nothing in it yet seals it. */
  #beginToSeal(account: WalletKey): void {
    const log = this.ensure(account)
    if (log !== undefined) this.#parts.runner.resume(log)
  }

  /** A certified state from another witness: taken over if it is newer than ours and q signatures stand under it. */
  onState(frame: { account: WalletKey; certificate: Uint8Array; state: Uint8Array }): void {
    const known = this.#logs.get(frame.account)
    const read = readState(this.#context, frame, known?.state)
    if (read !== undefined) this.#adopt(known, read)
  }

  /** The ledger may know a new epoch: sealed logs that waited for its committee go on. */
  onLedger(): void {
    this.#epochs.look()
    for (const log of this.#parts.handoff.waiting()) this.#parts.runner.handOff(log)
  }

  /** When a log is offered, or its absence asked for, again. */
  nextRepeatMs(): MonotonicMs {
    return earliest(this.#parts.handoff.nextMs(), this.#absence.nextMs())
  }

  /** When an epoch is closed. */
  nextCloseMs(): ActiveMs {
    return this.#epochs.nextMs()
  }

  /** Does what is due by {@link nextRepeatMs} and {@link nextCloseMs}. */
  tick(): void {
    this.#parts.handoff.tick()
    this.#epochs.look()
    this.#absence.tick()
  }

  /**
   * The account's log, unless it is an empty one of an epoch that is closed, or of a committee that was drawn before
   * the account's owner was known: that is forgotten, for its witnesses tell the next committee that there is none, and
   * must not begin it after all. One with a lock or a signature stays: it may be certified somewhere.
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
    const { context, offers, blobs } = this.#parts
    const log = new AccountLog({ state, rules: rulesOf(context, committee), context, offers, blobs })
    this.#logs.set(state.account, log)
    context.standings.metWitnesses(committee.witnesses)
    return log
  }

  #adopt(known: AccountLog | undefined, { state, certificate, certifiedBy }: CertifiedState): void {
    const { runner, voting } = this.#parts
    const epoch = state.sealedFor > 0 ? state.sealedFor : state.epoch
    if (known === undefined && !this.#isWitness(state.account, epoch)) return
    const before = known?.state
    const log = known ?? this.#open(state, certifiedBy)
    log.rules = rulesOf(this.#context, certifiedBy)
    log.adopt(state, certificate, certifiedBy)
    voting.abstainIfForgotten(log, certificate)
    if (state.sealedFor > 0) {
      runner.handOff(log)
    } else {
      log.instance = undefined
      voting.begin(log)
    }
    runner.adopted(log, before ?? emptyAccount(state.account, state.epoch))
  }

  /**
   * Makes room: the empty log that was of no use for longest. Logs with history or a vote of this witness are never
   * dropped.
   */
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
