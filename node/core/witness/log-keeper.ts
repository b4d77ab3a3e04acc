/** Which logs this witness keeps: begins them, brings them up to date, hands them over at the end of an epoch. */
import { decodeState, encodeState } from '#protocol/account/codec.ts'
import { type AccountState, emptyAccount, headerOf } from '#protocol/account/state.ts'
import {
  type Certificate,
  checkCertificate,
  decodeCertificate,
  encodeCertificate,
} from '#protocol/agreement/certificate.ts'
import type { Effect as AgreementEffect, Recovered } from '#protocol/agreement/effects.ts'
import { createInstance } from '#protocol/agreement/instance.ts'
import { limits } from '#protocol/limits.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { BlobDesk } from '../blob-desk.ts'
import type { Context } from '../context.ts'
import { storeKeys } from '../keys.ts'
import type { OfferBook } from '../offer-book.ts'
import { AccountLog } from './account-log.ts'
import { ENDING_MAX, Epochs } from './epochs.ts'

/** A log that is handed to its next committee, and how often it was offered. */
interface HandOver {
  readonly log: AccountLog
  atMs: number
  left: number
}

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

const RETRY_MS = 1_000
const HAND_OVERS = 60
const INQUIRIES = 60
const ANSWER_EVERY_MS = 100
const TOTALS_EVERY_MS = 1_000
/** A put costs the network 0.3 s of CPU: heads are published rarely, by one witness. */
const HEAD_EVERY_MS = 10_000

type Decided = Extract<AgreementEffect, { type: 'decided' }>

export class LogKeeper {
  readonly #context: Context
  readonly #offers: OfferBook
  readonly #blobs: BlobDesk
  readonly #recovered: ReadonlyMap<WalletKey, Recovered>
  readonly #resumed: (log: AccountLog, before: AccountState | undefined) => void
  readonly #logs = new Map<WalletKey, AccountLog>()
  readonly #last = new Map<WalletKey, { readonly decided: Decided; readonly atMs: number }>()
  readonly #handOvers = new Map<WalletKey, HandOver>()
  /** By the epoch that is asked about, and account. */
  readonly #inquiries = new Map<string, Inquiry>()
  readonly #epochs: Epochs
  /** Answer → when it may be given again, monotonic. */
  readonly #answered = new Map<string, number>()
  /** Account → when its head may be published again, monotonic. */
  readonly #heads = new Map<WalletKey, number>()
  readonly #totals = new Map<WalletKey, { atMs: number; publish: (() => void) | undefined }>()

  constructor(parts: {
    context: Context
    offers: OfferBook
    blobs: BlobDesk
    recovered: ReadonlyMap<WalletKey, Recovered>
    closedEpoch: number
    resumed: (log: AccountLog, before: AccountState | undefined) => void
  }) {
    this.#context = parts.context
    this.#offers = parts.offers
    this.#blobs = parts.blobs
    this.#recovered = parts.recovered
    this.#resumed = parts.resumed
    this.#epochs = new Epochs(parts.context, parts.closedEpoch)
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
    if (!this.#noneBefore(account, committee.epoch)) return undefined
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
      this.handOver(log)
      return
    }
    this.#begin(log)
    this.#resumed(log, undefined)
  }

  /** Keeps the last decision, so that a witness that is one entry behind can be shown it. */
  remember(log: AccountLog, decided: Decided): void {
    this.#last.set(log.account, { decided, atMs: this.#context.now.monotonicMs })
  }

  /**
   * Shows `to`, whose message was for a height that is over, how that ended. Right after a decision its votes were only on their way, and it
   * decides by itself.
   */
  showDecision(log: AccountLog, to: PeerKey, isStuck: boolean): void {
    const last = this.#last.get(log.account)
    if (last === undefined) return
    const { decided, atMs } = last
    if (!isStuck && this.#context.now.monotonicMs < atMs + limits.resendMs) return
    if (!this.maySend(`decision/${log.account}/${to}`, limits.resendMs)) return
    const { entry, bodies, certificate } = decided
    const { account, epoch, height } = entry
    const raws = [...bodies.values()].map((envelope) => envelope.raw)
    const message = {
      type: 'decision' as const,
      account,
      epoch,
      height,
      certificate: encodeCertificate(certificate),
      entry: entry.raw,
      bodies: raws,
    }
    this.#context.send([to], { type: 'agreement', message }, { lane: account })
  }

  catchUp(log: AccountLog, from: PeerKey): void {
    if (!this.maySend(`behind/${log.account}/${from}`)) return
    this.#context.send([from], { type: 'fetch-state', account: log.account, epoch: log.rules.committee.epoch })
  }

  onFetchState(from: PeerKey, account: WalletKey, epoch: number): void {
    const log = this.#current(account)
    if (log?.certificate !== undefined) {
      if (this.maySend(`state/${account}/${from}`)) this.#sendState(log, [from])
      return
    }
    // One that is just beginning is decided, sealed and handed over.
    if (log !== undefined || !this.#isWitness(account, epoch + 1, from)) return
    const { closed, newest } = this.#epochs
    if (epoch <= closed) this.#answerNone(from, account, epoch)
    else if (epoch < newest) this.#beginToSeal(account)
  }

  onNoState(from: PeerKey, account: WalletKey, epoch: number): void {
    const inquiry = this.#inquiries.get(`${epoch}/${account}`)
    if (inquiry?.before.witnesses.includes(from) !== true) return
    inquiry.none.add(from)
    if (inquiry.none.size < inquiry.before.q) return
    for (const asker of inquiry.askers) this.#answerNone(asker, account, epoch + 1)
    inquiry.askers.clear()
    if (epoch + 1 > this.#epochs.closed && this.#current(account) === undefined) this.#beginToSeal(account)
  }

  /**
   * "There is no log of this account here, nor will there be one in this epoch." Where this epoch ended just now, its committee makes sure that
   * it did not miss one itself: what was handed to it must reach q of it within one more epoch.
   */
  #answerNone(to: PeerKey, account: WalletKey, epoch: number): void {
    if (this.#current(account) !== undefined || epoch > this.#epochs.closed || !this.#isWitness(account, epoch)) return
    if (epoch + 1 === this.#epochs.newest && !this.#noneBefore(account, epoch)) {
      this.#inquiries.get(`${epoch - 1}/${account}`)?.askers.add(to)
      return
    }
    this.#context.send([to], { type: 'no-state', account, epoch }, { lane: Epochs.LANE })
  }

  /** The next committee waits: the first entry of a log that has nothing in it yet seals it. */
  #beginToSeal(account: WalletKey): void {
    const log = this.ensure(account)
    if (log !== undefined) this.#resumed(log, undefined)
  }

  /** A certified state from another witness: taken over if it is newer than ours and q signatures stand under it. */
  onState(frame: { account: WalletKey; certificate: Uint8Array; state: Uint8Array }): void {
    const certificate = decodeCertificate(frame.certificate)
    const { domain } = this.#context.identity
    if (certificate === undefined || certificate.header.account !== frame.account) return
    const known = this.#logs.get(frame.account)
    if (known !== undefined && known.state.height >= certificate.header.height) return
    const state = decodeState(frame.state, domain)
    for (const { spec } of state?.jobs.values() ?? []) this.#context.learn(spec)
    const certifiedBy = this.#context.committee(frame.account, certificate.header.epoch)
    if (certifiedBy === undefined || checkCertificate(certificate, certifiedBy) !== undefined) return
    if (state === undefined || !equalBytes(encodeHeader(headerOf(state, domain)), certificate.headerBytes)) return
    this.#adopt(known, state, certificate, certifiedBy)
  }

  /** The log was sealed: the next epoch's committee gets it, and goes on once q of it hold it on disk. */
  handOver(log: AccountLog): void {
    log.instance = undefined
    const next = this.#context.committee(log.account, log.state.sealedFor)
    this.#handOvers.set(log.account, { log, atMs: this.#context.now.monotonicMs, left: HAND_OVERS })
    if (next === undefined) return
    if (next.witnesses.includes(this.#context.self)) this.#enterEpoch(log, next)
    this.#offerHandOver(log.account)
  }

  /** Publishes an account's totals, not more often than once a second. */
  totalsChanged(log: AccountLog, publish: () => void): void {
    const known = this.#totals.get(log.account) ?? { atMs: 0, publish: undefined }
    known.publish = publish
    this.#totals.set(log.account, known)
  }

  onLedger(): void {
    this.#epochs.look()
    for (const { log } of [...this.#handOvers.values()]) if (log.instance === undefined) this.handOver(log)
  }

  nextWakeMs(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { atMs } of this.#handOvers.values()) next = Math.min(next, atMs)
    for (const { atMs } of this.#inquiries.values()) next = Math.min(next, atMs)
    next = Math.min(next, this.#epochs.nextMs() + this.#context.stalledMs)
    for (const { atMs, publish } of this.#totals.values()) if (publish !== undefined) next = Math.min(next, atMs)
    return next
  }

  tick(): void {
    const { monotonicMs } = this.#context.now
    for (const [account, { atMs }] of [...this.#handOvers]) if (atMs <= monotonicMs) this.#offerHandOver(account)
    this.#epochs.look()
    for (const [name, { atMs }] of [...this.#inquiries]) if (atMs <= monotonicMs) this.#inquire(name)
    for (const entry of this.#totals.values()) {
      if (entry.publish === undefined || entry.atMs > monotonicMs) continue
      entry.publish()
      entry.publish = undefined
      entry.atMs = monotonicMs + TOTALS_EVERY_MS
    }
    for (const [name, untilMs] of this.#answered) if (monotonicMs >= untilMs) this.#answered.delete(name)
  }

  /** Publishes where the account stands, for those who know none of its witnesses: the certificate, by its height. */
  publishHead(log: AccountLog): void {
    const { certificate } = log
    const { monotonicMs } = this.#context.now
    const { witnesses } = log.rules.committee
    if (certificate === undefined || witnesses[log.state.height % witnesses.length] !== this.#context.self) return
    if (monotonicMs < (this.#heads.get(log.account) ?? 0)) return
    this.#heads.set(log.account, monotonicMs + HEAD_EVERY_MS)
    const value = encodeCertificate(certificate)
    this.#context.effects.push({ type: 'record', key: headKey(log.account), sequence: log.state.height, value })
  }

  /**
   * The account's log, unless it is an empty one of an epoch that is closed, or of a committee that was drawn before the account's owner was
   * known: that is forgotten, for its witnesses tell the next committee
   * that there is none, and must not begin it after all. One with a lock or a signature stays: it may be certified somewhere.
   */
  #current(account: WalletKey): AccountLog | undefined {
    const log = this.#logs.get(account)
    if (log === undefined || log.state.height > 0) return log
    const { instance } = log
    const now = this.#context.committee(account)
    const { epoch, witnesses } = log.rules.committee
    const other = now?.epoch === epoch && now.witnesses.join() !== witnesses.join()
    if ((!other && epoch > this.#epochs.closed) || instance?.prepared !== undefined || instance?.signed !== undefined)
      return log
    this.#logs.delete(account)
    this.#context.write([{ del: storeKeys.snapshot(account, 0) }], { durable: true, lane: account })
    return undefined
  }

  #open(state: AccountState, committee: Committee): AccountLog {
    const log = new AccountLog({
      account: state.account,
      state,
      rules: this.#rules(committee),
      context: this.#context,
      offers: this.#offers,
      blobs: this.#blobs,
    })
    log.usedMs = this.#context.now.monotonicMs
    this.#logs.set(state.account, log)
    return log
  }

  #rules(committee: Committee): AccountLog['rules'] {
    const registry = this.#context.ledger.registryAt(committee.epoch)
    if (registry === undefined) throw new Error('broken invariant: a committee of an unknown epoch')
    const { domain, networkId } = this.#context.identity
    return { domain, networkId, registry, committee }
  }

  #begin(log: AccountLog): void {
    const { identity } = this.#context
    if (!log.rules.committee.witnesses.includes(this.#context.self)) return
    log.instance = createInstance({
      domain: identity.domain,
      account: log.account,
      signer: identity.signer,
      application: log,
      position: log.position(),
      previousSignatures: log.certificate?.signatures ?? new Map(),
      lastProposer: log.state.proposer === '' ? undefined : log.state.proposer,
      recovered: this.#recovered.get(log.account) ?? { crashed: false },
      abstains: log.abstainsIn === log.rules.committee.epoch,
    })
  }

  /** In the first epoch nobody can have begun the log before; later, q witnesses of the epoch before must say that there is none. */
  #noneBefore(account: WalletKey, epoch: number): boolean {
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
      left: INQUIRIES,
    }
    // Nothing is known here, or nobody would ask; once the epoch is closed here, nothing will be.
    if (before.witnesses.includes(self) && before.epoch <= this.#epochs.closed) inquiry.none.add(self)
    if (known === undefined && this.#inquiries.size < limits.accountsServed) {
      this.#inquiries.set(name, inquiry)
      if (inquiry.none.size < before.q) this.#inquire(name)
    }
    return inquiry.none.size >= before.q
  }

  /** Asks those who have not answered; an answer never changes, so what is known is kept for a while. */
  #inquire(name: string): void {
    const inquiry = this.#inquiries.get(name)
    if (inquiry === undefined) return
    const { account, before, none } = inquiry
    inquiry.atMs = this.#context.now.monotonicMs + RETRY_MS
    if (inquiry.left-- <= 0) {
      this.#inquiries.delete(name)
      return
    }
    if (none.size >= before.q) return
    const silent = before.witnesses.filter((peer) => !none.has(peer) && peer !== this.#context.self)
    this.#context.send(silent, { type: 'fetch-state', account, epoch: before.epoch })
  }

  #adopt(known: AccountLog | undefined, state: AccountState, certificate: Certificate, certifiedBy: Committee): void {
    const { self } = this.#context
    const epoch = state.sealedFor > 0 ? state.sealedFor : state.epoch
    const committee = this.#context.committee(state.account, epoch)
    if (committee === undefined || !committee.witnesses.includes(self)) {
      if (known === undefined) return
    }
    const before = known?.state
    const log = known ?? this.#open(state, certifiedBy)
    log.rules = this.#rules(certifiedBy)
    log.adopt(state, certificate, certifiedBy)
    this.#abstainIfForgotten(log, certificate)
    if (state.sealedFor > 0) {
      this.handOver(log)
    } else {
      log.instance = undefined
      this.#begin(log)
    }
    this.#resumed(log, before ?? emptyAccount(state.account, state.epoch))
  }

  /** Our own signature under a height that our disk knows nothing of: the disk is old (a backup), so we abstain until the next epoch. */
  #abstainIfForgotten(log: AccountLog, certificate: Certificate): void {
    if (!certificate.signatures.has(this.#context.self) || certificate.header.height <= log.signedHeight) return
    log.abstainsIn = certificate.header.epoch
    this.#context.write([{ put: storeKeys.abstain(log.account), value: Uint8Array.of(1) }], {
      durable: true,
      lane: log.account,
    })
    this.#context.log(
      'error',
      { account: log.account, height: certificate.header.height },
      'the store is older than our signatures: abstaining until the next epoch',
    )
  }

  #enterEpoch(log: AccountLog, committee: Committee): void {
    log.rules = this.#rules(committee)
    this.#context.write(log.snapshotChanges(), { durable: true, lane: log.account })
    this.#begin(log)
    this.#resumed(log, undefined)
  }

  #offerHandOver(account: WalletKey): void {
    const handOver = this.#handOvers.get(account)
    if (handOver === undefined) return
    const { log } = handOver
    handOver.atMs = this.#context.now.monotonicMs + RETRY_MS
    handOver.left--
    const movedOn = log.certificate !== undefined && log.state.sealedFor === 0
    if (movedOn || handOver.left <= 0) {
      this.#handOvers.delete(account)
      return
    }
    const next = this.#context.committee(account, log.state.sealedFor)
    if (next !== undefined)
      this.#sendState(
        log,
        next.witnesses.filter((peer) => peer !== this.#context.self),
      )
  }

  #sendState(log: AccountLog, to: readonly PeerKey[]): void {
    if (log.certificate === undefined) return
    const frame = {
      type: 'state' as const,
      account: log.account,
      certificate: encodeCertificate(log.certificate),
      state: encodeState(log.state),
    }
    this.#context.send(to, frame, { channel: 'bulk', lane: log.account })
  }

  /** False if `name` was answered just now: answers cost more than questions. */
  maySend(name: string, everyMs = ANSWER_EVERY_MS): boolean {
    const { monotonicMs } = this.#context.now
    if (monotonicMs < (this.#answered.get(name) ?? 0)) return false
    if (this.#answered.size > limits.accountsServed) this.#answered.clear()
    this.#answered.set(name, monotonicMs + everyMs)
    return true
  }

  /** Makes room: the empty log that was of no use for longest. Logs with history or a vote of this witness are never dropped. */
  #evict(): boolean {
    let oldest: AccountLog | undefined
    for (const log of this.#logs.values()) {
      if (log.state.height > 0 || log.pending.size > 0 || log.instance?.prepares.has(this.#context.self)) continue
      if (oldest === undefined || log.usedMs < oldest.usedMs) oldest = log
    }
    if (oldest !== undefined) this.#logs.delete(oldest.account)
    return oldest !== undefined
  }
}

/** DHT key of an account's newest certificate, below the network's own prefix. */
export function headKey(account: WalletKey): string {
  return `account/${account}`
}
