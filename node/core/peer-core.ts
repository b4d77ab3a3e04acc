/**
 * The peer without I/O: one event in, effects out. It reads no clock, no randomness and no environment; the driver passes them in. The
 * daemon and the simulator run this very code.
 */
import { CANCEL, JOB } from '#protocol/account/inputs.ts'
import { checkReceipt, decodeReceipt, encodeReceipt, type Receipt } from '#protocol/account/receipt.ts'
import type { AccountState, JobRecord } from '#protocol/account/state.ts'
import { type Certificate, checkCertificate, decodeCertificate } from '#protocol/agreement/certificate.ts'
import type { Recovered } from '#protocol/agreement/effects.ts'
import { totalsRoot } from '#protocol/credits/totals.ts'
import { limits } from '#protocol/limits.ts'
import { decodeFrame, type Frame } from '#protocol/wire/frame.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import { nodeHash } from '#protocol/wire/merkle.ts'
import { BlobDesk } from './blob-desk.ts'
import { Context, type Identity } from './context.ts'
import type { Effect, Event, LedgerView, Now } from './effects.ts'
import { storeKeys } from './keys.ts'
import { OfferBook } from './offer-book.ts'
import { Poster } from './poster.ts'
import { Replica } from './replica.ts'
import { Witness } from './witness/witness.ts'

/** What was on the disk when the peer started. */
export interface Stored {
  readonly logs: readonly {
    readonly state: AccountState
    readonly certificate: Certificate | undefined
    readonly epoch: number
    readonly abstainsIn: number
  }[]
  readonly votes: ReadonlyMap<WalletKey, Recovered>
  /** The highest epoch that this witness closed. */
  readonly closedEpoch: number
  readonly blobs: readonly string[]
  /** Run name → commitment and result that were made before the restart. */
  readonly runs: ReadonlyMap<string, Uint8Array>
}

const LOOPBACK_MAX = 100_000
/** Timers and schedulers are late by some milliseconds; more than this is a stall: a long turn, a paused machine. */
const STALL_MS = 50
/** This share of a busy time counts as a stall: one that is always busy must still find out that others are silent. */
const BUSY_SHARE = 0.75
const FOLLOWED_MAX = 4_096

export class PeerCore {
  readonly #context: Context
  readonly #blobs: BlobDesk
  readonly #offers: OfferBook
  readonly #witness: Witness
  readonly #replica: Replica
  readonly #poster: Poster
  readonly #connected = new Set<PeerKey>()
  /** Job → height of the newest record seen, and whether our user heard of it. */
  readonly #heights = new Map<string, { height: number; told: boolean }>()
  /** Jobs that local users follow. */
  readonly #watched = new Set<string>()
  readonly #loading = new Map<string, { from: PeerKey; job: string }>()
  #stored: Stored['logs'] = []
  #serial = 0
  /** When the first event of the present batch came, monotonic. */
  #busySinceMs: number | undefined
  /** When the next event should come at the latest, monotonic. */
  #wantedMs = Number.POSITIVE_INFINITY

  constructor(parts: {
    identity: Identity
    ledger: LedgerView
    random: (length: number) => Uint8Array
    stored: Stored
  }) {
    const context = new Context(parts)
    this.#context = context
    this.#blobs = new BlobDesk(context, parts.stored.blobs)
    this.#offers = new OfferBook(context)
    this.#replica = new Replica({ context, offers: this.#offers, blobs: this.#blobs, kept: parts.stored.runs })
    this.#poster = new Poster({ context, blobs: this.#blobs, connected: () => [...this.#connected] })
    const listener = {
      changed: (job: JobRecord, at: { epoch: number; height: number }, receipt: () => Receipt | undefined) =>
        this.#observe(job, at, receipt),
      rejected: (id: string, code: string) => this.#poster.onRejected(context.self, id, code),
    }
    this.#witness = new Witness({
      context,
      blobs: this.#blobs,
      offers: this.#offers,
      listener,
      recovered: parts.stored.votes,
      closedEpoch: parts.stored.closedEpoch,
    })
    this.#stored = parts.stored.logs
  }

  /** Carries `event` out at `now`. The effects are in order; see `Effect.lane`. */
  step(event: Event, now: Now): Effect[] {
    this.#noteStall(now.monotonicMs)
    this.#context.now = now
    this.#context.effects = []
    this.#handle(event)
    this.#settle()
    if (event.type === 'idle') this.#tick(now.monotonicMs)
    return this.#context.effects
  }

  #tick(nowMs: number): void {
    const busyMs = nowMs - (this.#busySinceMs ?? nowMs)
    if (busyMs > STALL_MS) this.#context.stalledMs += busyMs * BUSY_SHARE
    this.#busySinceMs = undefined
    this.#blobs.tick()
    this.#replica.tick()
    this.#witness.tick()
    this.#poster.tick()
    this.#offers.tick()
    this.#settle()
  }

  /** A peer that was called late did not hear the others meanwhile, nor what came while it was at work. */
  #noteStall(nowMs: number): void {
    this.#busySinceMs ??= nowMs
    const lateMs = nowMs - this.#wantedMs
    if (lateMs > STALL_MS) this.#context.stalledMs += lateMs
    this.#wantedMs = Number.POSITIVE_INFINITY
  }

  /** Sends what was said, and handles what this peer sent to itself, until nothing is left. */
  #settle(): void {
    const { loopback } = this.#context
    this.#context.flush()
    for (let i = 0; loopback.length > 0 && i < LOOPBACK_MAX; i++) {
      for (const frame of loopback.splice(0)) this.#onFrame(this.#context.self, frame)
      this.#context.flush()
    }
  }

  /** When the core wants a `timer` event at the latest, monotonic. If the next event comes later than that, the peer knows that it was stalled. */
  nextWakeMs(): number {
    const next = Math.min(
      this.#witness.nextWakeMs(),
      this.#replica.nextWakeMs(),
      this.#poster.nextWakeMs(),
      this.#offers.nextWakeMs(),
      this.#blobs.nextWakeMs(),
    )
    this.#wantedMs = Math.max(next, this.#context.now.monotonicMs)
    return next
  }

  /** For status pages and tests. */
  summary(): {
    logs: number
    running: number
    /** Inputs that wait at the account where most do. */
    pending: number
    offers: ReturnType<OfferBook['offers']>
    connected: readonly PeerKey[]
  } {
    const { keeper } = this.#witness
    return {
      logs: keeper.size,
      pending: Math.max(0, ...[...keeper.all()].map((log) => log.pending.size)),
      running: this.#replica.busy,
      offers: this.#offers.offers(),
      connected: [...this.#connected],
    }
  }

  /** The states that this peer witnesses now, by account. Read-only: for explanations and checkers. */
  states(): ReadonlyMap<WalletKey, AccountState> {
    return new Map([...this.#witness.keeper.all()].map((log) => [log.account, log.state]))
  }

  /** A job's receipt from this peer's own logs. */
  find(job: string): Receipt | undefined {
    return this.#witness.questions.find(job)
  }

  hasBlob(cid: string): boolean {
    return this.#blobs.has(cid)
  }

  #handle(event: Event): void {
    this.#restoreLogs()
    switch (event.type) {
      case 'message':
      case 'gossip': {
        const frame = decodeFrame(event.bytes)
        if (frame !== undefined) this.#onFrame(event.from, frame)
        break
      }
      case 'connected':
        this.#connected.add(event.peer)
        this.#context.send([event.peer], { type: 'offers', offers: this.#offers.all() })
        break
      case 'disconnected':
        this.#connected.delete(event.peer)
        break
      case 'timer':
      case 'idle':
        break
      case 'ledger':
        this.#witness.onLedger()
        break
      case 'ran':
        this.#replica.onRan(event.run, event.outcome)
        break
      case 'output':
        this.#replica.onOutput(event.run, event.stream, event.chunk)
        break
      case 'loaded':
        this.#onLoaded(event.token, event.value)
        break
      case 'submit':
        this.#onSubmit(event.envelope, event.blobs)
        break
      case 'cancel':
        this.#onCancel(event.envelope)
        break
      case 'query':
        this.#onOwnQuery(event.job)
        break
      case 'account':
        this.#context.send(this.#context.committee(event.account)?.witnesses ?? [], {
          type: 'account',
          account: event.account,
        })
        break
      case 'fetch':
        this.#blobs.need(event.cid, [...this.#connected])
        break
      case 'watch':
        if (this.#watched.size < FOLLOWED_MAX) this.#watched.add(event.job)
        break
      case 'unwatch':
        this.#watched.delete(event.job)
        break
      case 'fetch-entry': {
        const { account, epoch, height } = event
        const witnesses = this.#context.committee(account, epoch)?.witnesses ?? []
        this.#context.send(witnesses, { type: 'fetch-entry', account, height })
        break
      }
      case 'capacity':
        this.#offers.setCapacity(event.capacity)
        break
    }
  }

  /** Once, at the first event: the clock is known by then. */
  #restoreLogs(): void {
    const logs = this.#stored
    this.#stored = []
    for (const { state, certificate, epoch, abstainsIn } of logs) {
      for (const { spec } of state.jobs.values()) this.#context.learn(spec)
      this.#witness.keeper.restore(state, certificate, { epoch, abstainsIn })
      // What was certified before a crash may never have reached the ledger.
      if (certificate !== undefined && state.totals.size > 0) this.#context.tellLedger(state, certificate)
      for (const job of state.jobs.values()) this.#replica.observe(job, epoch)
    }
  }

  #onFrame(from: PeerKey, frame: Frame): void {
    switch (frame.type) {
      case 'agreement':
        this.#witness.onAgreement(from, frame.message)
        break
      case 'inputs':
        this.#witness.onInputs(from, frame.inputs)
        break
      case 'rejected':
        this.#poster.onRejected(from, frame.id, frame.code)
        break
      case 'offers':
        this.#offers.receive(frame.offers)
        break
      case 'renew':
        this.#witness.onRenew(from, frame)
        break
      case 'renewed':
        this.#replica.onRenewed(from, frame)
        break
      case 'want':
        this.#blobs.onWant(from, frame.cids)
        break
      case 'blob':
        this.#blobs.onBlob(frame.bytes)
        break
      case 'query':
        this.#onQuery(from, frame.job)
        break
      case 'receipt':
        this.#onReceipt(frame.receipt)
        break
      case 'unknown':
        break
      case 'account':
        this.#witness.questions.onAccount(from, frame.account)
        break
      case 'head': {
        const { account, certificate, nextSeq, funds } = frame
        const notice = {
          type: 'head' as const,
          from,
          account,
          certificate,
          nextSeq,
          funds: funds === null ? null : BigInt(funds),
        }
        this.#context.effects.push({ type: 'notice', notice })
        break
      }
      case 'totals':
        this.#onTotals(frame)
        break
      case 'fetch-state':
        this.#witness.keeper.onFetchState(from, frame.account, frame.epoch)
        break
      case 'state':
        this.#witness.keeper.onState(frame)
        break
      case 'no-state':
        this.#witness.keeper.onNoState(from, frame.account, frame.epoch)
        break
      case 'fetch-entry':
        this.#witness.questions.onFetchEntry(from, frame.account, frame.height)
        break
      case 'entry':
        this.#context.effects.push({ type: 'notice', notice: frame })
        break
      case 'output': {
        const { job, stream, chunk } = frame
        this.#context.effects.push({ type: 'notice', notice: { type: 'output', job, peer: from, stream, chunk } })
        break
      }
      case 'ledger':
        this.#context.effects.push({ type: 'ledger-message', from, message: frame.message })
        break
    }
  }

  #onSubmit(raw: Uint8Array, blobs: readonly Uint8Array[]): void {
    const envelope = this.#context.envelope(raw)
    const input = envelope === undefined ? undefined : this.#context.input(envelope)
    if (envelope === undefined || input?.kind !== JOB) return
    this.#watched.add(envelope.id)
    this.#poster.submit(envelope, input.spec.account, blobs)
    this.#context.effects.push({ type: 'notice', notice: { type: 'submitted', job: envelope.id } })
  }

  #onCancel(raw: Uint8Array): void {
    const envelope = this.#context.envelope(raw)
    const input = envelope === undefined ? undefined : this.#context.input(envelope)
    if (envelope !== undefined && input?.kind === CANCEL) this.#poster.cancel(envelope, input.account, input.job)
  }

  /** This peer's own user asks: our logs, our store, then the others. */
  #onOwnQuery(job: string): void {
    const receipt = this.#witness.questions.find(job) ?? this.#poster.receiptOf(job)
    if (receipt !== undefined) this.#context.effects.push({ type: 'notice', notice: { type: 'receipt', receipt } })
    else this.#load(this.#context.self, job)
  }

  #onQuery(from: PeerKey, job: string): void {
    if (!this.#witness.questions.onQuery(from, job)) this.#load(from, job)
  }

  #load(from: PeerKey, job: string): void {
    if (this.#loading.size >= FOLLOWED_MAX) return
    const token = `receipt/${this.#serial++}`
    this.#loading.set(token, { from, job })
    this.#context.effects.push({ type: 'load', key: storeKeys.receipt(job), token })
  }

  #onLoaded(token: string, value: Uint8Array | undefined): void {
    if (this.#blobs.onLoaded(token, value)) return
    const asked = this.#loading.get(token)
    this.#loading.delete(token)
    if (asked === undefined) return
    if (value === undefined && asked.from === this.#context.self) this.#poster.query(asked.job)
    else if (value === undefined) this.#context.send([asked.from], { type: 'unknown', job: asked.job })
    else this.#context.send([asked.from], { type: 'receipt', receipt: value })
  }

  /** Believed only after the quorum's signatures and the proof were checked. */
  #onReceipt(bytes: Uint8Array): void {
    const { domain } = this.#context.identity
    const receipt = decodeReceipt(bytes, domain)
    if (receipt === undefined) return
    this.#context.learn(receipt.job.spec)
    const { account, epoch, height } = receipt.certificate.header
    const seen = this.#heights.get(receipt.job.id)
    if (seen !== undefined && height < seen.height) return
    if (height === seen?.height && (seen.told || !this.#watched.has(receipt.job.id))) return
    const committee = this.#context.committee(account, epoch)
    if (committee === undefined || checkReceipt(receipt, committee, domain) !== undefined) return
    this.#observe(receipt.job, { epoch, height }, () => receipt)
  }

  #observe(job: JobRecord, at: { epoch: number; height: number }, receipt: () => Receipt | undefined): void {
    this.#heights.delete(job.id)
    this.#heights.set(job.id, { height: at.height, told: this.#watched.has(job.id) })
    const oldest = this.#heights.keys().next().value
    if (this.#heights.size > FOLLOWED_MAX && oldest !== undefined) this.#heights.delete(oldest)
    this.#replica.observe(job, at.epoch)
    const closed = job.phase === 'closed'
    const proven = closed || this.#watched.has(job.id) || this.#poster.has(job.id) ? receipt() : undefined
    this.#poster.observe(job, proven)
    if (proven === undefined) return
    if (this.#watched.has(job.id)) {
      this.#context.effects.push({
        type: 'notice',
        notice: { type: 'receipt', receipt: proven },
        lane: job.spec.account,
      })
    }
    if (closed) this.#keepReceipt(proven)
  }

  /** Receipts of closed jobs are kept for a week by everybody who saw them: any of them can show the result. */
  #keepReceipt(receipt: Receipt): void {
    const { job } = receipt
    const key = storeKeys.receipt(job.id)
    const until = storeKeys.expiry(this.#context.now.wallMs + limits.resultsKeptMs, key)
    this.#context.write(
      [
        { put: key, value: encodeReceipt(receipt) },
        { put: until, value: new Uint8Array() },
      ],
      { durable: false },
    )
    const sources = [
      ...job.seats.map((seat) => seat.peer),
      ...(this.#context.committee(job.spec.account)?.witnesses ?? []),
    ]
    this.#blobs.need(job.outcome?.output ?? '', sources)
    this.#blobs.need(job.outcome?.logs ?? '', sources)
  }

  #onTotals(frame: Extract<Frame, { type: 'totals' }>): void {
    const certificate = decodeCertificate(frame.certificate)
    if (certificate === undefined) return
    const { header } = certificate
    const committee = this.#context.committee(header.account, header.epoch)
    if (committee === undefined || !equalBytes(header.domain, this.#context.identity.domain)) return
    if (checkCertificate(certificate, committee) !== undefined) return
    const totals = new Map(frame.totals.map(([payee, total]) => [payee, BigInt(total)]))
    if (
      frame.jobsAndMeta.length !== 32 ||
      !equalBytes(nodeHash(totalsRoot(totals), frame.jobsAndMeta), header.stateRoot)
    )
      return
    const { jobsAndMeta } = frame
    this.#context.effects.push({ type: 'ledger', header, totals, signatures: certificate.signatures, jobsAndMeta })
  }
}
