/**
 * The peer without I/O: one event in, effects out. It reads no clock, no randomness and no environment; the driver
 * passes them in. The daemon and the simulator run this very code.
 */
import { CANCEL, type Input, JOB } from '#protocol/account/inputs.ts'
import type { Receipt } from '#protocol/account/receipt.ts'
import type { AccountState } from '#protocol/account/state.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import { BlobExchange, inputsKeptUntilMs } from './blobs/blob-exchange.ts'
import { Context, type Identity } from './context.ts'
import { dispatchFrame, type Parts } from './dispatch-frame.ts'
import { admitFrame } from './door/admit-frame.ts'
import type { Effect, Event, LedgerView, Now } from './effects.ts'
import { forgetExpired } from './forget-expired.ts'
import { OfferBook } from './offers/offer-book.ts'
import { Poster } from './poster/poster.ts'
import { ReceiptTracker } from './receipts/receipt-tracker.ts'
import { Replica } from './replica/replica.ts'
import { StallDetector } from './stall-detector.ts'
import type { Stored } from './stored.ts'
import { asMonotonic, asNumber, earliest } from './time.ts'
import type { WitnessListener } from './witness/job-notifier.ts'
import { Witness } from './witness/witness.ts'

/** Frames to ourselves in one step: more is a loop, and what is left waits for the next event. */
const LOOPBACK_MAX = 100_000

/**
 * One peer. Deterministic: the same events at the same times, the same ledger's answers and random bytes give the same
 * effects. What throws is a broken invariant: the peer must stop.
 */
export class PeerCore {
  readonly #parts: Parts
  readonly #stalls: StallDetector
  readonly #connected = new Set<PeerKey>()
  #stored: Stored['logs'] = []

  /** `stored`: what was on the disk. Nothing is done before the first event. */
  constructor(options: {
    identity: Identity
    ledger: LedgerView
    random: (length: number) => Uint8Array
    stored: Stored
    /** Members whose offers are held at most; `limits.offersHeld` unless it says less. */
    offersHeld?: number | undefined
  }) {
    const { stored } = options
    const context = new Context(options)
    const blobs = new BlobExchange(context, stored.blobs)
    const offers = new OfferBook(context, options.offersHeld)
    const replica = new Replica({ context, offers, blobs, kept: stored.runs })
    const poster = new Poster({ context, blobs, connected: () => [...this.#connected] })
    const receipts = new ReceiptTracker({ context, blobs, poster, replica })
    const listener: WitnessListener = {
      changed: (job, at, receipt) => receipts.observe(job, at, receipt),
      rejected: (id, code) => poster.onRejected(context.self, id, code),
    }
    const { votes: recovered, closedEpoch } = stored
    const witness = new Witness({ context, blobs, offers, listener, recovered, closedEpoch })
    this.#parts = { context, blobs, offers, witness, replica, poster, receipts }
    this.#stalls = new StallDetector(context)
    this.#stored = stored.logs
  }

  /**
   * Handles `event` at `now`, and what this peer sends to itself by that. All effects must be carried out, in order and
   * before those of the next step: see {@link Effect}. A batch of events must be followed by `idle`.
   */
  step(event: Event, now: Now): Effect[] {
    const { context } = this.#parts
    this.#stalls.onEvent(asMonotonic(now.monotonicMs))
    context.now = now
    context.effects = []
    this.#handle(event)
    this.#settle()
    if (event.type === 'idle') this.#tick()
    return context.effects
  }

  #tick(): void {
    const { context, blobs, replica, witness, poster, offers } = this.#parts
    this.#stalls.onIdle(context.monotonicMs)
    blobs.tick()
    replica.tick()
    witness.tick()
    poster.tick()
    offers.tick()
    this.#settle()
  }

  /** Sends what was said, and handles what this peer sent to itself, until nothing is left. */
  #settle(): void {
    const { context } = this.#parts
    const { loopback } = context
    context.flush()
    for (let i = 0; loopback.length > 0 && i < LOOPBACK_MAX; i++) {
      for (const frame of loopback.splice(0)) dispatchFrame(this.#parts, context.self, frame)
      context.flush()
    }
  }

  /**
   * When the core wants a `timer` event at the latest, by the monotonic clock; infinite if never. To be asked after
   * each `idle`: if the next event comes later than this, the peer knows that it was stalled.
   */
  nextWakeMs(): number {
    const { witness, replica, poster, offers, blobs } = this.#parts
    const next = earliest(
      witness.nextWakeMs(),
      replica.nextWakeMs(),
      poster.nextWakeMs(),
      offers.nextWakeMs(),
      blobs.nextWakeMs(),
    )
    this.#stalls.expect(next)
    return asNumber(next)
  }

  /** What this peer holds now: for status pages, tests, and the checkers of bounds. */
  summary(): {
    logs: number
    running: number
    /** Inputs that wait at the account where most do. */
    pending: number
    offers: ReturnType<OfferBook['offers']>
    connected: readonly PeerKey[]
  } {
    const { keeper } = this.#parts.witness
    return {
      logs: keeper.size,
      pending: Math.max(0, ...[...keeper.all()].map((log) => log.pending.size)),
      running: this.#parts.replica.busy,
      offers: this.#parts.offers.offers(),
      connected: [...this.#connected],
    }
  }

  /** The states that this peer witnesses now, by account. Read-only: for explanations and checkers. */
  states(): ReadonlyMap<WalletKey, AccountState> {
    return new Map([...this.#parts.witness.keeper.all()].map((log) => [log.account, log.state]))
  }

  /**
   * What waits in each log because others sent it: inputs for an entry, and messages of agreement that came before
   * their height. Read-only: for the checkers of bounds.
   */
  waiting(): { account: WalletKey; inputs: Input[]; early: ReadonlyMap<PeerKey, readonly AgreementMessage[]> }[] {
    return [...this.#parts.witness.keeper.all()].map(({ account, pending, instance }) => ({
      account,
      inputs: pending.values(),
      early: instance?.early ?? new Map(),
    }))
  }

  /** A job's receipt from this peer's own logs, if one of them has the job; made anew at each call. */
  find(job: string): Receipt | undefined {
    return this.#parts.witness.queries.find(job)
  }

  /** True if the blob is in this peer's store. */
  hasBlob(cid: string): boolean {
    return this.#parts.blobs.has(cid)
  }

  #handle(event: Event): void {
    const { context, blobs, offers, witness, replica, receipts } = this.#parts
    this.#restoreLogs()
    switch (event.type) {
      case 'message':
      case 'gossip': {
        const frame = admitFrame(this.#parts, event.from, event.bytes)
        if (frame !== undefined) dispatchFrame(this.#parts, event.from, frame)
        break
      }
      case 'connected':
        this.#connected.add(event.peer)
        // Before its first frame: what is read of it depends on it.
        context.standings.of(event.peer)
        context.send([event.peer], { type: 'offers', offers: offers.all() })
        break
      case 'disconnected':
        this.#connected.delete(event.peer)
        break
      case 'timer':
      case 'idle':
        break
      case 'ledger':
        witness.onLedger()
        break
      case 'ran':
        replica.onRan(event.run, event.outcome)
        break
      case 'output':
        replica.onOutput(event.run, event.stream, event.chunk)
        break
      case 'expired':
        forgetExpired(this.#parts, event.index)
        break
      case 'found':
        offers.onFound(event.key, event.value)
        break
      case 'loaded':
        if (!blobs.onLoaded(event.token, event.value)) receipts.onLoaded(event.token, event.value)
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
        context.send(context.committee(event.account)?.witnesses ?? [], {
          type: 'account',
          account: event.account,
        })
        break
      case 'fetch':
        blobs.need(event.cid, [...this.#connected])
        break
      case 'watch':
        receipts.watch(event.job)
        break
      case 'unwatch':
        receipts.unwatch(event.job)
        break
      case 'fetch-entry': {
        const { account, epoch, height } = event
        const witnesses = context.committee(account, epoch)?.witnesses ?? []
        context.send(witnesses, { type: 'fetch-entry', account, height })
        break
      }
      case 'capacity':
        offers.setCapacity(event.capacity)
        break
      default:
        event satisfies never
    }
  }

  /** Once, at the first event: the clock is known by then. */
  #restoreLogs(): void {
    const { context, witness, replica } = this.#parts
    const logs = this.#stored
    this.#stored = []
    for (const { state, certificate, epoch, abstainsIn } of logs) {
      for (const { spec } of state.jobs.values()) context.learn(spec)
      witness.keeper.restore(state, certificate, { epoch, abstainsIn })
      // What was certified before a crash may never have reached the ledger.
      if (certificate !== undefined && state.totals.size > 0) context.tellLedger(state, certificate)
      for (const job of state.jobs.values()) replica.observe(job, epoch)
    }
  }

  #onSubmit(raw: Uint8Array, blobs: readonly Uint8Array[]): void {
    const { context, poster, receipts } = this.#parts
    const envelope = context.envelope(raw)
    const input = envelope === undefined ? undefined : context.input(envelope)
    if (envelope === undefined || input?.kind !== JOB) return
    receipts.watchOwn(envelope.id)
    for (const { cid } of input.spec.inputs) this.#parts.blobs.keepUntil(cid, inputsKeptUntilMs(input.spec))
    poster.submit(envelope, input.spec.account, blobs)
    context.effects.push({ type: 'notice', notice: { type: 'submitted', job: envelope.id } })
  }

  #onCancel(raw: Uint8Array): void {
    const { context, poster } = this.#parts
    const envelope = context.envelope(raw)
    const input = envelope === undefined ? undefined : context.input(envelope)
    if (envelope !== undefined && input?.kind === CANCEL) poster.cancel(envelope, input.account, input.job)
  }

  /** This peer's own user asks: our logs, our store, then the others. */
  #onOwnQuery(job: string): void {
    const { context, witness, poster, receipts } = this.#parts
    const receipt = witness.queries.find(job) ?? poster.receiptOf(job)
    if (receipt !== undefined) receipts.tell(receipt)
    else receipts.load(context.self, job)
  }
}
