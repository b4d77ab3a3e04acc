/** One account's log at one of its witnesses: the certified state, the inputs that wait, and this witness's part in agreeing on the next entry. */
import { encodeState } from '#protocol/account/codec.ts'
import type { Rules } from '#protocol/account/draft.ts'
import { nextDueMs } from '#protocol/account/due.ts'
import type { Input } from '#protocol/account/inputs.ts'
import { lacking, placementInput } from '#protocol/account/place.ts'
import { type AccountState, headerOf, type JobRecord, openJobs } from '#protocol/account/state.ts'
import { type Stepped, step } from '#protocol/account/step.ts'
import type { Application, ContributionDraft } from '#protocol/agreement/application.ts'
import { type Certificate, encodeCertificate } from '#protocol/agreement/certificate.ts'
import type { Bodies, Entry, Position } from '#protocol/agreement/entry.ts'
import type { Instance } from '#protocol/agreement/instance.ts'
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import { place } from '#protocol/placement/place.ts'
import { encode } from '#protocol/wire/canonical.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { toHex } from '#protocol/wire/hash.ts'
import { headerDigest } from '#protocol/wire/header.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import { type BlobExchange, inputsKeptUntilMs } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { OfferBook } from '../offers/offer-book.ts'
import { storeKeys } from '../store-keys.ts'
import type { Surroundings } from './disposition.ts'
import { type LeaseRef, Leases } from './leases.ts'
import { PendingInputs } from './pending.ts'

/** After an entry that served nothing this witness waits so long before it is urgent for time or capacity alone. */
const QUIET_MS = 100
const SPECULATIONS_KEPT = 4

export class AccountLog implements Application {
  readonly account: WalletKey
  readonly pending = new PendingInputs()
  state: AccountState
  /** Certificate of `state`; `undefined` at height 0. */
  certificate: Certificate | undefined
  /** Committee that certified `state`. */
  certifiedBy: Committee | undefined
  rules: Rules
  instance: Instance | undefined
  /** Epoch in which this witness abstains, its disk being older than its signatures; 0: none. */
  abstainsIn = 0
  /** Highest height whose header this peer signed. */
  signedHeight = 0
  /** Last time that this log was of use, monotonic. */
  usedMs = 0
  readonly #context: Context
  readonly #offers: OfferBook
  readonly #blobs: BlobExchange
  readonly #speculations = new Map<string, Stepped>()
  #quietUntilMs = 0
  readonly #leases: Leases
  /** What in the state waits for time or capacity. */
  #waiting: { readonly dueMs: number | undefined; readonly lacking: boolean } = { dueMs: undefined, lacking: false }
  #placeable = { version: -1, height: -1, answer: false }

  constructor(parts: {
    account: WalletKey
    state: AccountState
    rules: Rules
    context: Context
    offers: OfferBook
    blobs: BlobExchange
  }) {
    this.account = parts.account
    this.state = parts.state
    this.rules = parts.rules
    this.#context = parts.context
    this.#leases = new Leases(parts.context.failureDetector)
    this.#offers = parts.offers
    this.#blobs = parts.blobs
    // This witness did not hear the last renewals of leases that are older than it: their holders may be starting just now as well.
    this.#leases.follow(this.state, this.#context.activeMs + limits.restartGraceMs)
    this.#lookAhead()
  }

  /** Where the next entry must fit. */
  position(): Position {
    const { certificate, certifiedBy } = this
    const before =
      certificate && certifiedBy ? { headerBytes: certificate.headerBytes, committee: certifiedBy } : undefined
    const previous = certificate === undefined ? '' : toHex(headerDigest(certificate.header))
    return { account: this.account, height: this.state.height + 1, previous, committee: this.rules.committee, before }
  }

  // --- Application: what agreement asks

  urgent(): boolean {
    return (
      this.pending.any(this.state, this.#surroundings()) ||
      this.#overdue().length > 0 ||
      (this.#context.activeMs >= this.#quietUntilMs && this.#epochIsOver()) ||
      this.#timeOrCapacity()
    )
  }

  contribute(): { draft: ContributionDraft; bodies: Bodies } {
    const { wallMs } = this.#context.now
    const inputs = this.pending.servable(this.state, this.#surroundings())
    const overdue = this.#overdue().slice(0, limits.openJobsPerAccount)
    const bodies = new Map<string, Envelope>(inputs.map((input) => [input.envelope.id, input.envelope]))
    if (this.#offersMatter(inputs, overdue)) {
      for (const envelope of this.#offers.contributable()) bodies.set(envelope.id, envelope)
    }
    const funds = this.#context.ledger.funds(this.account) ?? null
    const draft = { clockMs: wallMs, funds, ledgerEpoch: this.#ledgerEpoch(), inputs: [...bodies.keys()], overdue }
    return { draft, bodies }
  }

  apply(entry: Entry, bodies: Bodies): ReturnType<Application['apply']> {
    const stepped = this.#speculations.get(entry.digest) ?? step(this.state, entry, bodies, this.rules)
    if (stepped === undefined) return undefined
    this.#speculations.set(entry.digest, stepped)
    dropOldest(this.#speculations, SPECULATIONS_KEPT)
    return headerOf(stepped.state, this.rules.domain)
  }

  body(id: string): Envelope | undefined {
    return this.pending.get(id)?.envelope
  }

  ready(entry: Entry, bodies: Bodies): boolean {
    return this.missingBlobs(entry, bodies).length === 0
  }

  /** Inputs of the jobs that `entry` admits which are not here yet. Those that are stay: this witness may vote for it. */
  missingBlobs(entry: Entry, bodies: Bodies): string[] {
    this.apply(entry, bodies)
    const next = this.#speculations.get(entry.digest)?.state
    if (next === undefined) return []
    const missing: string[] = []
    for (const job of next.jobs.values()) {
      if (this.state.jobs.has(job.id)) continue
      const untilMs = inputsKeptUntilMs(job.spec)
      for (const { cid } of job.spec.inputs) if (!this.#blobs.keepUntil(cid, untilMs)) missing.push(cid)
    }
    return missing
  }

  // --- what the witness does with it

  /** A replica that holds a seat may renew before its accept is in the log; false if it holds none. */
  renew(job: string, fence: number, peer: PeerKey): boolean {
    const seat = this.state.jobs.get(job)?.seats.find((candidate) => candidate.peer === peer)
    if (seat?.fence !== fence) return false
    this.#leases.renew([job, fence, peer], this.#context.activeMs)
    return true
  }

  /** Takes a certified entry over. Returns what `step` said, with the state before. */
  advance(entry: Entry, bodies: Bodies, certificate: Certificate): { before: AccountState; stepped: Stepped } {
    const stepped = this.#speculations.get(entry.digest) ?? step(this.state, entry, bodies, this.rules)
    if (stepped === undefined) throw new Error('broken invariant: a certified entry that cannot be applied')
    const before = this.state
    this.#install(stepped.state, certificate, this.rules.committee)
    this.#persistEntry(entry, bodies, certificate)
    for (const id of bodies.keys()) this.pending.remove(id)
    this.#requeueUnserved(bodies, stepped)
    for (const { id } of stepped.rejected) this.pending.remove(id)
    this.#quietUntilMs = this.#context.activeMs + (sameJobs(before, stepped.state) ? QUIET_MS : 0)
    return { before, stepped }
  }

  /** Takes a newer certified state over as a whole; durable before anything is said on top of it. */
  adopt(state: AccountState, certificate: Certificate, certifiedBy: Committee): void {
    this.#install(state, certificate, certifiedBy)
    this.#context.write(this.snapshotChanges(), { durable: true, lane: this.account })
  }

  snapshotChanges(): { put: string; value: Uint8Array }[] {
    const certificate = this.certificate === undefined ? new Uint8Array() : encodeCertificate(this.certificate)
    const value = encode([this.state.height, this.rules.committee.epoch, certificate, encodeState(this.state)])
    return [{ put: storeKeys.snapshot(this.account, this.state.height), value }]
  }

  /** When something here may become due without an input, in active time; `undefined` if never. */
  nextWakeMs(): number | undefined {
    const { activeMs, now } = this.#context
    const { dueMs, lacking } = this.#waiting
    let next = Math.min(this.#leases.nextMs() + 1, this.pending.nextMs())
    if (dueMs !== undefined) next = Math.min(next, Math.max(activeMs + (dueMs - now.wallMs) + 1, this.#quietUntilMs))
    if (this.#epochIsOver()) next = Math.min(next, Math.max(activeMs, this.#quietUntilMs))
    if (lacking) next = Math.min(next, Math.max(this.#quietUntilMs, activeMs + 1_000))
    return Number.isFinite(next) ? next : undefined
  }

  /** The ledger moved on: this log waits to be sealed, once enough witnesses have seen it. */
  #epochIsOver(): boolean {
    return this.#ledgerEpoch() > this.rules.committee.epoch
  }

  #install(state: AccountState, certificate: Certificate, certifiedBy: Committee): void {
    this.state = state
    this.certificate = certificate
    this.certifiedBy = certifiedBy
    this.#speculations.clear()
    this.#lookAhead()
  }

  #lookAhead(): void {
    this.#leases.follow(this.state, this.#context.activeMs)
    this.#waiting = { dueMs: nextDueMs(this.state), lacking: openJobs(this.state).some(lacksReplicas) }
  }

  #surroundings(): Surroundings {
    const { wallMs } = this.#context.now
    return {
      wallMs,
      activeMs: this.#context.activeMs,
      blobsVersion: this.#blobs.version,
      has: (cid) => this.#blobs.has(cid),
    }
  }

  #ledgerEpoch(): number {
    return this.#context.ledger.registry()?.epoch ?? 0
  }

  #timeOrCapacity(): boolean {
    const { activeMs, now } = this.#context
    if (activeMs < this.#quietUntilMs) return false
    const { dueMs } = this.#waiting
    return (dueMs !== undefined && dueMs <= now.wallMs) || this.#couldPlace()
  }

  /** True if a job that lacks replicas could get them with the offers known now. Asked once per change of the offers. */
  #couldPlace(): boolean {
    if (!this.#waiting.lacking) return false
    const { version } = this.#offers
    const { height } = this.state
    if (this.#placeable.version === version && this.#placeable.height === height) return this.#placeable.answer
    const context = {
      state: this.state,
      rules: this.rules,
      offers: this.#offers.table(),
      timeMs: this.#context.now.wallMs,
    }
    const waiting = openJobs(this.state).filter((job) => lacksReplicas(job) && job.attempts < limits.attemptsPerJob)
    const answer = waiting.some((job) => place(placementInput(job, context)).status === 'placed')
    this.#placeable = { version, height, answer }
    return answer
  }

  /** Leases that ran out. A replica that has committed is done, however long the log takes to hear of it. */
  #overdue(): LeaseRef[] {
    const overdue = this.#leases.overdue(this.#context.activeMs)
    return overdue.filter(([job, , peer]) => !this.pending.hasCommitment(job, peer))
  }

  #offersMatter(inputs: readonly Input[], overdue: readonly unknown[]): boolean {
    if (overdue.length > 0 || inputs.some((input) => input.kind === 'job' || input.kind === 'refuse')) return true
    return openJobs(this.state).some(
      (job) => lacksReplicas(job) || (job.phase !== 'revealing' && job.seats.some((seat) => seat.role === 'offered')),
    )
  }

  #persistEntry(entry: Entry, bodies: Bodies, certificate: Certificate): void {
    const { height } = this.state
    const raws = [...bodies.values()].map((envelope) => envelope.raw)
    const value = encode([entry.raw, encodeCertificate(certificate), raws])
    const changes: ({ put: string; value: Uint8Array } | { del: string })[] = [
      { put: storeKeys.entry(this.account, height), value },
    ]
    if (height % limits.snapshotEveryEntries === 0) changes.push(...this.snapshotChanges())
    const forgotten = height - limits.entriesKeptPerAccount
    if (forgotten > 0) changes.push({ del: storeKeys.entry(this.account, forgotten) })
    if (forgotten > 0 && forgotten % limits.snapshotEveryEntries === 0) {
      changes.push({ del: storeKeys.snapshot(this.account, forgotten - limits.snapshotEveryEntries) })
    }
    // A witness that did not sign this height wrote nothing durable for it; what it says next must not outrun its disk by two heights.
    this.#context.write(changes, { durable: this.signedHeight < height, lane: this.account })
  }

  /**
   * What an entry named too early stays pending: jobs whose number is not due yet, and results that this witness served because its clock
   * said that the time to reveal was over, while the certified time did not.
   */
  #requeueUnserved(bodies: Bodies, { state, rejected }: Stepped): void {
    const refused = new Set(rejected.map(({ id }) => id))
    for (const [id, envelope] of bodies) {
      if ((envelope.kind !== 'job' && envelope.kind !== 'result') || state.jobs.has(id) || refused.has(id)) continue
      const input = this.#context.input(envelope)
      const early =
        (input?.kind === 'job' && input.spec.seq > state.lastSeq) ||
        (input?.kind === 'result' && state.jobs.get(input.statement.job)?.phase === 'revealing')
      if (early) this.pending.add(input, this.#context.activeMs)
    }
  }
}

function lacksReplicas(job: JobRecord): boolean {
  return job.phase !== 'revealing' && lacking(job) > 0
}

function sameJobs(before: AccountState, after: AccountState): boolean {
  if (before.jobs.size !== after.jobs.size) return false
  for (const [id, job] of after.jobs) if (before.jobs.get(id) !== job) return false
  return true
}
