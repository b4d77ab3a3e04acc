/**
 * The replica: takes tickets that it can serve, runs them under a lease, commits to the result, reveals it once the log
 * says so. Everything that it says is repeated until a certified state shows that it was heard, and where it hears
 * nothing it asks: the witnesses tell it once.
 */
import { type SeatRef, sealAccept, sealRefusal } from '#protocol/account/inputs.ts'
import type { JobRecord, Seat } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { RunOutcome } from '../effects.ts'
import type { OfferBook } from '../offers/offer-book.ts'
import { Retry, type RetryPolicy } from '../retry.ts'
import { earliest, type MonotonicMs } from '../time.ts'
import { type Committed, KeptRuns } from './kept-runs.ts'
import { heldUntilMs, newLease } from './lease.ts'
import { Renewals } from './renewals.ts'
import { isAtWork, isLeased, isUnheard, type ReplicaRun, runName } from './replica-run.ts'
import { sealOutcome } from './seal-outcome.ts'

/** An accept waits for the end of a short run at first: then it travels with its commitment. */
const SAY: RetryPolicy = { delayMs: 15, firstMs: 700, growth: 2, maxMs: 5_000 }
/** All that a replica says is in order behind its durable commitments. */
const LANE = 'replica'
const STREAM_MAX = limits.streamBytes

/** Runs no more programs at once than the offered slots, and starts none that it was not given a seat for. */
export class Replica {
  readonly #context: Context
  readonly #offers: OfferBook
  readonly #blobs: BlobExchange
  /** By name: one for each seat that this peer holds, as far as it knows. */
  readonly #runs = new Map<string, ReplicaRun>()
  readonly #kept: KeptRuns
  readonly #renewals: Renewals

  constructor(parts: {
    context: Context
    offers: OfferBook
    blobs: BlobExchange
    kept: ReadonlyMap<string, Uint8Array>
  }) {
    this.#context = parts.context
    this.#offers = parts.offers
    this.#blobs = parts.blobs
    this.#kept = new KeptRuns(parts.context, parts.kept, LANE)
    this.#renewals = new Renewals(parts.context)
  }

  /** Replicas that occupy a slot now. */
  get busy(): number {
    let busy = 0
    for (const run of this.#runs.values()) if (run.phase === 'fetching' || run.phase === 'running') busy++
    return busy
  }

  /**
   * A job's record in a certified state of `epoch`: begins, goes on with, or ends what runs here for it. Records may
   * come more than once and out of order.
   */
  observe(job: JobRecord, epoch: number): void {
    const seat =
      job.phase === 'closed' ? undefined : job.seats.find((candidate) => candidate.peer === this.#context.self)
    for (const run of this.#runs.values()) {
      if (run.job.id === job.id && (seat === undefined || run.seat.fence !== seat.fence)) this.#drop(run)
    }
    if (job.phase === 'closed') this.#kept.forgetJob(job.id)
    if (seat === undefined || seat.role === 'standby') return
    const run = this.#runs.get(runName(job.id, seat.fence)) ?? this.#begin(job, seat, epoch)
    if (run === undefined) return
    run.role = seat.role
    run.revealing = job.phase === 'revealing'
    if (run.revealing && run.result !== undefined && seat.role === 'committed') this.#say(run)
  }

  /** True if this peer runs the job, or owes a result of it. */
  knows(job: string): boolean {
    for (const run of this.#runs.values()) if (run.job.id === job) return true
    return this.#kept.hasJob(job)
  }

  /** The engine is done with a run; one that was given up meanwhile is ignored. */
  onRan(name: string, outcome: RunOutcome): void {
    const run = this.#runs.get(name)
    if (run === undefined || run.phase !== 'running') return
    if (outcome.status === 'engine-failed') {
      this.#refuse(run.seat, run.epoch, 'failed', outcome.reason)
      this.#drop(run)
    } else this.#commit(run, outcome)
    this.#reportBusy()
  }

  /** The program printed: whoever follows the job hears it through the witnesses, up to `limits.streamBytes`. */
  onOutput(name: string, stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    const run = this.#runs.get(name)
    if (run === undefined || run.outputAt[stream] > STREAM_MAX) return
    const at = run.outputAt[stream]
    run.outputAt[stream] += chunk.length
    this.#context.send(this.#witnesses(run), { type: 'output', job: run.job.id, stream, at, chunk })
  }

  /** A witness confirms leases. */
  onRenewed(from: PeerKey, { leases, token }: { leases: readonly [string, number][]; token: number }): void {
    for (const [job, fence] of leases) {
      const run = this.#runs.get(runName(job, fence))
      if (run !== undefined) this.#renewals.confirmed(run, from, token)
    }
  }

  /** When {@link tick} has something to do next, without an event. */
  nextWakeMs(): MonotonicMs {
    let next = this.#kept.nextMs()
    for (const run of this.#runs.values()) {
      if (isUnheard(run)) next = earliest(next, run.retry.dueMs)
      if (isLeased(run)) next = earliest(next, run.lease.renewAtMs)
      if (isAtWork(run)) next = earliest(next, heldUntilMs(run.lease))
    }
    return next
  }

  /** Starts what has its inputs by now, stops what lost its lease, renews leases, and says again what is due. */
  tick(): void {
    const { monotonicMs } = this.#context
    const due = new Set<WalletKey>()
    if (monotonicMs >= this.#kept.nextMs()) this.#askForKept()
    for (const run of [...this.#runs.values()]) {
      if (run.phase === 'fetching') this.#startIfReady(run)
      if (isAtWork(run) && monotonicMs >= heldUntilMs(run.lease)) {
        this.#context.log(
          'warn',
          { jobId: run.job.id, fence: run.seat.fence },
          'lease not confirmed in time: run stopped',
        )
        this.#drop(run)
        continue
      }
      if (isLeased(run) && monotonicMs >= run.lease.renewAtMs) due.add(run.seat.account)
      if (isUnheard(run) && run.retry.isDue(monotonicMs)) this.#say(run)
    }
    for (const account of due) this.#renewals.renew(account, this.#runs.values())
  }

  /** The jobs that run here. */
  *jobs(): Iterable<JobRecord> {
    for (const { job } of this.#runs.values()) yield job
  }

  /** Job, fence and output of what runs here, for status pages. */
  running(): { job: string; fence: number; phase: ReplicaRun['phase'] }[] {
    return [...this.#runs.values()].map((run) => ({ job: run.job.id, fence: run.seat.fence, phase: run.phase }))
  }

  #begin(job: JobRecord, seat: Seat, epoch: number): ReplicaRun | undefined {
    const { signer, domain } = this.#context.identity
    const ref: SeatRef = { account: job.spec.account, job: job.id, fence: seat.fence }
    const name = runName(job.id, seat.fence)
    const kept = this.#kept.has(name)
    if (seat.role === 'committed' && !kept) return undefined
    const obstacle = kept ? undefined : this.#obstacle(job, this.busy)
    if (obstacle !== undefined) {
      this.#refuse(ref, epoch, obstacle.reason, obstacle.detail)
      return undefined
    }
    const { monotonicMs } = this.#context
    const run: ReplicaRun = {
      name,
      seat: ref,
      job,
      epoch,
      phase: 'fetching',
      accept: sealAccept(ref, domain, signer),
      role: seat.role,
      revealing: job.phase === 'revealing',
      said: '',
      retry: new Retry(SAY, monotonicMs),
      lease: newLease(monotonicMs),
      outputAt: { stdout: 0, stderr: 0 },
    }
    this.#runs.set(name, run)
    if (kept) this.#restore(run, this.#kept.get(name))
    else this.#fetchInputs(run)
    if (kept) this.#say(run)
    this.#reportBusy()
    return run
  }

  #fetchInputs(run: ReplicaRun): void {
    for (const file of run.job.spec.inputs) this.#blobs.need(file.cid, this.#witnesses(run))
    this.#startIfReady(run)
  }

  /**
   * Why this peer cannot run `job` beside `busy` others. Right after a start it does not know yet what it can do:
   * nothing is in the way then.
   */
  #obstacle({ spec }: JobRecord, busy: number): { reason: 'busy' | 'failed'; detail: string } | undefined {
    const { capacity } = this.#offers
    if (capacity === undefined) return undefined
    if (!capacity.engines.includes(spec.engine.type))
      return { reason: 'failed', detail: `no engine ${spec.engine.type} here` }
    return busy < capacity.slots ? undefined : { reason: 'busy', detail: 'all slots are taken' }
  }

  /**
   * A primary may start when it sends its accept: only bound work is paid. After a restart it first hears whether it
   * still holds its lease.
   */
  #startIfReady(run: ReplicaRun): void {
    if (this.#offers.capacity === undefined || !run.job.spec.inputs.every((file) => this.#blobs.has(file.cid))) return
    if (run.role === 'running' && this.#context.monotonicMs >= heldUntilMs(run.lease)) return
    const obstacle = this.#obstacle(run.job, this.busy - 1)
    if (obstacle !== undefined) {
      this.#refuse(run.seat, run.epoch, obstacle.reason, obstacle.detail)
      this.#drop(run)
      return
    }
    run.phase = 'running'
    this.#context.effects.push({
      type: 'run',
      run: run.name,
      job: run.job.id,
      fence: run.seat.fence,
      spec: run.job.spec,
    })
  }

  #commit(run: ReplicaRun, outcome: Exclude<RunOutcome, { status: 'engine-failed' }>): void {
    const committed = sealOutcome({ context: this.#context, blobs: this.#blobs }, run, outcome)
    hold(run, committed)
    this.#kept.write(run.name, committed)
    this.#say(run)
  }

  #restore(run: ReplicaRun, kept: Committed | undefined): void {
    if (kept === undefined) this.#fetchInputs(run)
    else hold(run, kept)
  }

  /** Says what the log has not heard yet; a commitment goes out only when it is durable. */
  #say(run: ReplicaRun): void {
    const said = `${run.role}/${run.revealing}/${run.commitment !== undefined}`
    if (run.said !== said) run.retry.restart()
    run.said = said
    const times = run.retry.attempts
    run.retry.attempted(this.#context.monotonicMs)
    const inputs: Uint8Array[] = []
    if (run.role === 'offered') inputs.push(run.accept.raw)
    if ((run.role === 'offered' || run.role === 'running') && run.commitment !== undefined)
      inputs.push(run.commitment.raw)
    if (run.role === 'committed' && run.revealing && run.result !== undefined) inputs.push(run.result.raw)
    if (inputs.length > 0) this.#context.say(this.#witnesses(run), inputs, LANE)
    // Nothing changed for long: what would tell so may have been lost.
    if (times > 0) this.#ask(run.job.id, this.#witnesses(run), times)
  }

  /** Asks two of the job's witnesses, others each time, where it stands. */
  #ask(job: string, witnesses: readonly PeerKey[], times: number): void {
    const asked = [2 * times, 2 * times + 1].flatMap((i) => witnesses[i % witnesses.length] ?? [])
    this.#context.send([...new Set(asked)], { type: 'query', job })
  }

  #askForKept(): void {
    const { names, times } = this.#kept.takeDue()
    for (const name of names) {
      const committed = this.#kept.get(name)
      const input = committed && this.#context.input(committed.commitment)
      if (this.#runs.has(name) || input?.kind !== 'commitment') continue
      const { job, account } = input.statement
      this.#ask(job, this.#context.committee(account)?.witnesses ?? [], times)
    }
  }

  #refuse(seat: SeatRef, epoch: number, reason: 'busy' | 'failed', detail: string): void {
    const { signer, domain } = this.#context.identity
    const envelope = sealRefusal({ ...seat, reason, detail: detail.slice(0, 300) }, domain, signer)
    const to = this.#context.committee(seat.account, epoch)?.witnesses ?? []
    this.#context.say(to, [envelope.raw])
  }

  #drop(run: ReplicaRun): void {
    if (run.phase === 'running') this.#context.effects.push({ type: 'abort', run: run.name })
    this.#runs.delete(run.name)
    if (run.commitment !== undefined) this.#kept.forget(run.name)
    else this.#kept.drop(run.name)
    this.#reportBusy()
  }

  #witnesses(run: ReplicaRun): readonly PeerKey[] {
    return this.#context.committee(run.seat.account)?.witnesses ?? []
  }

  #reportBusy(): void {
    let backlogMs = 0
    for (const run of this.#runs.values()) if (run.phase === 'running') backlogMs += run.job.spec.requirements.timeMs
    this.#offers.setBusy(this.busy, backlogMs)
  }
}

/** The run has its result. */
function hold(run: ReplicaRun, { commitment, result }: Committed): void {
  run.commitment = commitment
  run.result = result
  run.phase = 'committed'
}
