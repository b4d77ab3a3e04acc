/**
 * One account's log at one of its witnesses: the certified state, the inputs that wait, and this witness's part in
 * agreeing on the next entry. To agreement it is the {@link Application}: whether an entry is wanted, what to put in,
 * what follows from it.
 */
import type { Rules } from '#protocol/account/draft.ts'
import { kindInLog } from '#protocol/account/inputs.ts'
import { type AccountState, headerOf } from '#protocol/account/state.ts'
import { type Stepped, step } from '#protocol/account/step.ts'
import type { Application, ContributionDraft } from '#protocol/agreement/application.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Bodies, Entry, Position } from '#protocol/agreement/entry.ts'
import type { Instance } from '#protocol/agreement/instance.ts'
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { toHex } from '#protocol/wire/hash.ts'
import { headerDigest } from '#protocol/wire/header.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import { type BlobExchange, inputsKeptUntilMs } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { StoreChange } from '../effects.ts'
import type { OfferBook } from '../offers/offer-book.ts'
import { type ActiveMs, asNumber, earliest, later, type MonotonicMs } from '../time.ts'
import type { LocalView } from './disposition.ts'
import { type LeaseRef, Leases } from './leases.ts'
import { entryChanges, snapshotChanges } from './log-records.ts'
import { PendingInputs } from './pending-inputs.ts'
import { requestsToPlace } from './requests-to-place.ts'
import { Urgency } from './urgency.ts'

/** After an entry that served nothing this witness waits so long before it is urgent for time or capacity alone. */
const QUIET_MS = 100
/** Entries whose outcome is kept until one of them is certified: a proposal, and those of views before. */
const OUTCOMES_KEPT = 4

/**
 * The certified part changes by {@link advance} and {@link adopt} only. The fields of the vote are set by `Voting`,
 * `EpochHandoff` and `LogKeeper`.
 */
export class AccountLog implements Application {
  readonly account: WalletKey

  // --- what is certified

  /** The newest certified state that this witness knows. Never goes back. */
  state: AccountState
  /** Certificate of `state`; `undefined` at height 0. */
  certificate: Certificate | undefined
  /** Committee that certified `state`: of the epoch before, in a log that entered its epoch by a seal. */
  certifiedBy: Committee | undefined

  // --- this witness's vote on the next entry

  /** What the next entry is checked by, and the committee that agrees on it. Changes with the epoch. */
  rules: Rules
  /**
   * Agreement on the next entry; `undefined` where this witness has no part in it: the log is sealed, or not its own.
   */
  instance: Instance | undefined
  /** Epoch in which this witness abstains, its disk being older than its signatures; 0: none. */
  abstainsIn = 0
  /** Highest height whose header this peer signed, as far as its disk knows. Only grows. */
  signedHeight = 0

  // --- what waits, and for what

  /** Inputs that an entry may serve: at most {@link limits.pendingPerAccount}. */
  readonly pending = new PendingInputs()
  /** Last time that this log was of use to somebody: an empty one that was of none for longest gives way to others. */
  usedMs: MonotonicMs
  /** Leases of the replicas that run in `state`. */
  readonly #leases: Leases
  /** What in `state` wants an entry by itself. */
  readonly #urgency: Urgency
  /** What `step` makes of proposed entries, by digest: at most {@link OUTCOMES_KEPT}, all on top of `state`. */
  readonly #outcomes = new Map<string, Stepped>()

  readonly #context: Context
  readonly #offers: OfferBook
  readonly #blobs: BlobExchange

  /** Takes no part in agreement yet. `rules`: those of the epoch in which the log begins or goes on. */
  constructor(parts: { state: AccountState; rules: Rules; context: Context; offers: OfferBook; blobs: BlobExchange }) {
    this.account = parts.state.account
    this.state = parts.state
    this.rules = parts.rules
    this.#context = parts.context
    this.usedMs = parts.context.monotonicMs
    this.#leases = new Leases(parts.context.failureDetector)
    this.#offers = parts.offers
    this.#blobs = parts.blobs
    // This witness did not hear the last renewals of leases that are older than it: their holders may be starting just
    // now as well.
    this.#leases.follow(this.state, later(this.#context.activeMs, limits.restartGraceMs))
    this.#urgency = new Urgency(parts)
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

  /**
   * True if an entry is wanted: it could serve an input, replace a silent replica, seal the epoch, or do what is due.
   */
  urgent(): boolean {
    return (
      this.pending.any(this.state, this.#localView()) || this.#overdue().length > 0 || this.#urgency.isNow(this.rules)
    )
  }

  /**
   * This witness's clock, its view of the ledger, the inputs that can be served, offers if they matter, and leases
   * overdue.
   */
  contribute(): { draft: ContributionDraft; bodies: Bodies } {
    const inputs = this.pending.servable(this.state, this.#localView())
    const overdue = this.#overdue().slice(0, limits.openJobsPerAccount)
    const bodies = new Map<string, Envelope>(inputs.map((input) => [input.envelope.id, input.envelope]))
    const { state, rules } = this
    const timeMs = asNumber(this.#context.wallMs)
    const requests = requestsToPlace({ state, rules, inputs, overdue, table: () => this.#offers.table(), timeMs })
    if (requests.length > 0) {
      for (const envelope of this.#offers.contributable(requests)) bodies.set(envelope.id, envelope)
    }
    const funds = this.#context.ledger.funds(this.account) ?? null
    const clockMs = timeMs
    const ledgerEpoch = this.#context.ledger.registry()?.epoch ?? 0
    const draft = { clockMs, funds, ledgerEpoch, inputs: [...bodies.keys()], overdue }
    return { draft, bodies }
  }

  /** The header that follows from `entry`; what it rests on is remembered until an entry is certified. */
  apply(entry: Entry, bodies: Bodies): ReturnType<Application['apply']> {
    const stepped = this.#outcomes.get(entry.digest) ?? step(this.state, entry, bodies, this.rules)
    if (stepped === undefined) return undefined
    this.#outcomes.set(entry.digest, stepped)
    dropOldest(this.#outcomes, OUTCOMES_KEPT)
    return headerOf(stepped.state, this.rules.domain)
  }

  /** An input of this account, or an offer. */
  kindOf(envelope: Envelope): ReturnType<Application['kindOf']> {
    return kindInLog(envelope, this.account, this.rules.domain)
  }

  /** An input that waits here. */
  body(id: string): Envelope | undefined {
    return this.pending.get(id)?.envelope
  }

  /** True if no input of the jobs that `entry` admits is missing. */
  ready(entry: Entry, bodies: Bodies): boolean {
    return this.missingBlobs(entry, bodies).length === 0
  }

  /**
   * Inputs of the jobs that `entry` admits which are not here yet. Those that are stay: this witness may vote for it.
   */
  missingBlobs(entry: Entry, bodies: Bodies): string[] {
    this.apply(entry, bodies)
    const next = this.#outcomes.get(entry.digest)?.state
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

  /** Takes a certified entry over, and writes it. Returns what `step` said, with the state before. */
  advance(entry: Entry, bodies: Bodies, certificate: Certificate): { before: AccountState; stepped: Stepped } {
    const stepped = this.#outcomes.get(entry.digest) ?? step(this.state, entry, bodies, this.rules)
    if (stepped === undefined) throw new Error('broken invariant: a certified entry that cannot be applied')
    const before = this.state
    this.#install(stepped.state, certificate, this.rules.committee)
    // A witness that did not sign this height wrote nothing durable for it; what it says next must not outrun its disk
    // by two heights.
    const durable = this.signedHeight < this.state.height
    this.#context.write(entryChanges(this, entry, bodies), { durable, lane: this.account })
    for (const id of bodies.keys()) this.pending.remove(id)
    this.#requeueUnserved(bodies, stepped)
    for (const { id } of stepped.rejected) this.pending.remove(id)
    this.#urgency.beQuiet(sameJobs(before, stepped.state) ? QUIET_MS : 0)
    return { before, stepped }
  }

  /** Takes a newer certified state over as a whole; durable before anything is said on top of it. */
  adopt(state: AccountState, certificate: Certificate, certifiedBy: Committee): void {
    this.#install(state, certificate, certifiedBy)
    this.#context.write(this.snapshotChanges(), { durable: true, lane: this.account })
  }

  /** The record that this log can be started from. */
  snapshotChanges(): StoreChange[] {
    return snapshotChanges(this)
  }

  /** When something here may become due without an input; never if nothing can. */
  nextDueMs(): ActiveMs {
    const silenceMs = later(this.#leases.nextMs(), 1)
    return earliest(silenceMs, this.pending.nextMs(), this.#urgency.nextMs(this.rules))
  }

  #install(state: AccountState, certificate: Certificate, certifiedBy: Committee): void {
    this.state = state
    this.certificate = certificate
    this.certifiedBy = certifiedBy
    this.#outcomes.clear()
    this.#leases.follow(state, this.#context.activeMs)
    this.#urgency.follow(state)
  }

  #localView(): LocalView {
    const { wallMs, activeMs } = this.#context
    return {
      wallMs,
      activeMs,
      blobsVersion: this.#blobs.version,
      has: (cid) => this.#blobs.has(cid),
    }
  }

  /** Leases that ran out. A replica that has committed is done, however long the log takes to hear of it. */
  #overdue(): LeaseRef[] {
    const overdue = this.#leases.overdue(this.#context.activeMs)
    return overdue.filter(([job, , peer]) => !this.pending.hasCommitment(job, peer))
  }

  /**
   * What an entry named too early stays pending: jobs whose number is not due yet, and results that this witness served
   * because its clock said that the time to reveal was over, while the certified time did not.
   */
  #requeueUnserved(bodies: Bodies, { state, rejected }: Stepped): void {
    const refused = new Set(rejected.map(({ id }) => id))
    for (const [id, envelope] of bodies) {
      if ((envelope.kind !== 'job' && envelope.kind !== 'result') || state.jobs.has(id) || refused.has(id)) continue
      const input = this.#context.input(envelope)
      const early =
        (input?.kind === 'job' && input.spec.seq > state.lastSeq) ||
        (input?.kind === 'result' && state.jobs.get(input.statement.job)?.phase === 'revealing')
      if (early) this.pending.add(input, { nowMs: this.#context.activeMs, early: false })
    }
  }
}

function sameJobs(before: AccountState, after: AccountState): boolean {
  if (before.jobs.size !== after.jobs.size) return false
  for (const [id, job] of after.jobs) if (before.jobs.get(id) !== job) return false
  return true
}
