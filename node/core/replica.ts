/**
 * The replica: takes tickets that it can serve, runs them under a lease, commits to the result, reveals it once the log says so. Everything
 * that it says is repeated until a certified state shows that it was heard, and where it hears nothing it asks: the witnesses tell it once.
 */
import {
  carriesOutput,
  type SeatRef,
  sealAccept,
  sealCommitment,
  sealRefusal,
  sealResult,
} from '#protocol/account/inputs.ts'
import { failureDigest } from '#protocol/account/judge.ts'
import type { JobRecord, Seat } from '#protocol/account/state.ts'
import { encodeOutput } from '#protocol/job/output.ts'
import { limits } from '#protocol/limits.ts'
import { commitmentHash } from '#protocol/verification/commitment.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { sha256, toHex } from '#protocol/wire/hash.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { BlobDesk } from './blob-desk.ts'
import type { Context } from './context.ts'
import type { RunOutcome } from './effects.ts'
import { storeKeys } from './keys.ts'
import type { OfferBook } from './offer-book.ts'

interface Run {
  readonly name: string
  readonly seat: SeatRef
  readonly job: JobRecord
  readonly epoch: number
  phase: 'fetching' | 'running' | 'committed' | 'done'
  readonly accept: Envelope
  commitment?: Envelope
  result?: Envelope
  /** The log's view of the seat. */
  role: Seat['role']
  revealing: boolean
  sayAtMs: number
  /** What was said last, how often, and how long it waits before it says that again. */
  said: string
  times: number
  everyMs: number
  renewAtMs: number
  /** When the newest renewal that q witnesses confirmed was sent. */
  heldSinceMs: number
  readonly renewals: Map<number, { sentMs: number; by: Set<PeerKey> }>
  outputAt: { stdout: number; stderr: number }
}

/** An accept waits so long for the end of a short run: then it travels with its commitment. */
const ACCEPT_WAITS_MS = 15
const SAY_MS = 700
const SAY_MAX_MS = 5_000
/** A lease is renewed this often, and given up if it was not confirmed for this share of its time. */
const RENEW_EVERY_MS = limits.renewEveryMs
const RENEWALS_KEPT = 8
/** After a restart the jobs of what was committed before are asked for so often, more and more slowly. */
const KEPT_ASKED = 8
const KEPT_ASKED_AT_ONCE = 256
const STOP_SHARE = 0.9
/** All that a replica says is in order behind its durable commitments. */
const LANE = 'replica'
const STREAM_MAX = limits.streamBytes

export class Replica {
  readonly #context: Context
  readonly #offers: OfferBook
  readonly #blobs: BlobDesk
  readonly #runs = new Map<string, Run>()
  /** Results that were committed before a restart, by run name. */
  readonly #kept: Map<string, Uint8Array>
  #keptAsked = 0
  #askKeptAtMs = 0
  #token = 0

  constructor(parts: { context: Context; offers: OfferBook; blobs: BlobDesk; kept: ReadonlyMap<string, Uint8Array> }) {
    this.#context = parts.context
    this.#offers = parts.offers
    this.#blobs = parts.blobs
    this.#kept = new Map(parts.kept)
  }

  /** Replicas that occupy a slot now. */
  get busy(): number {
    let busy = 0
    for (const run of this.#runs.values()) if (run.phase === 'fetching' || run.phase === 'running') busy++
    return busy
  }

  /** A job's record in a certified state of `epoch`. */
  observe(job: JobRecord, epoch: number): void {
    const seat =
      job.phase === 'closed' ? undefined : job.seats.find((candidate) => candidate.peer === this.#context.self)
    for (const run of this.#runs.values()) {
      if (run.job.id === job.id && (seat === undefined || run.seat.fence !== seat.fence)) this.#drop(run)
    }
    if (job.phase === 'closed') {
      for (const name of this.#kept.keys()) if (name.startsWith(`${job.id}/`)) this.#forget(name)
    }
    if (seat === undefined || seat.role === 'standby') return
    const run = this.#runs.get(runName(job.id, seat.fence)) ?? this.#begin(job, seat, epoch)
    if (run === undefined) return
    run.role = seat.role
    run.revealing = job.phase === 'revealing'
    if (run.revealing && run.result !== undefined && seat.role === 'committed') this.#say(run)
  }

  onRan(name: string, outcome: RunOutcome): void {
    const run = this.#runs.get(name)
    if (run === undefined || run.phase !== 'running') return
    if (outcome.status === 'engine-failed') {
      this.#refuse(run.seat, run.epoch, 'failed', outcome.reason)
      this.#drop(run)
    } else this.#commit(run, outcome)
    this.#reportBusy()
  }

  onOutput(name: string, stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    const run = this.#runs.get(name)
    if (run === undefined || run.outputAt[stream] > STREAM_MAX) return
    const at = run.outputAt[stream]
    run.outputAt[stream] += chunk.length
    this.#context.send(this.#witnesses(run), { type: 'output', job: run.job.id, stream, at, chunk })
  }

  onRenewed(from: PeerKey, { leases, token }: { leases: readonly [string, number][]; token: number }): void {
    for (const [job, fence] of leases) {
      const run = this.#runs.get(runName(job, fence))
      const renewal = run?.renewals.get(token)
      if (run === undefined || renewal === undefined) continue
      renewal.by.add(from)
      const q = this.#context.committee(run.seat.account, run.epoch)?.q ?? Number.POSITIVE_INFINITY
      if (renewal.by.size >= q) run.heldSinceMs = Math.max(run.heldSinceMs, renewal.sentMs)
    }
  }

  nextWakeMs(): number {
    let next = this.#asksForKept() ? this.#askKeptAtMs : Number.POSITIVE_INFINITY
    for (const run of this.#runs.values()) {
      if (this.#unheard(run)) next = Math.min(next, run.sayAtMs)
      if (this.#leased(run)) next = Math.min(next, run.renewAtMs)
      if (isAtWork(run)) next = Math.min(next, heldUntilMs(run))
    }
    return next
  }

  tick(): void {
    const { monotonicMs } = this.#context.now
    const due = new Set<WalletKey>()
    if (this.#asksForKept() && monotonicMs >= this.#askKeptAtMs) this.#askForKept()
    for (const run of [...this.#runs.values()]) {
      if (run.phase === 'fetching') this.#startIfReady(run)
      if (isAtWork(run) && monotonicMs >= heldUntilMs(run)) {
        this.#context.log(
          'warn',
          { jobId: run.job.id, fence: run.seat.fence },
          'lease not confirmed in time: run stopped',
        )
        this.#drop(run)
        continue
      }
      if (this.#leased(run) && monotonicMs >= run.renewAtMs) due.add(run.seat.account)
      if (this.#unheard(run) && monotonicMs >= run.sayAtMs) this.#say(run)
    }
    for (const account of due) this.#renew(account)
  }

  /** Job, fence and output of what runs here, for status pages. */
  running(): { job: string; fence: number; phase: Run['phase'] }[] {
    return [...this.#runs.values()].map((run) => ({ job: run.job.id, fence: run.seat.fence, phase: run.phase }))
  }

  #begin(job: JobRecord, seat: Seat, epoch: number): Run | undefined {
    const { signer, domain } = this.#context.identity
    const ref: SeatRef = { account: job.spec.account, job: job.id, fence: seat.fence }
    const name = runName(job.id, seat.fence)
    const kept = this.#kept.get(name)
    if (seat.role === 'committed' && kept === undefined) return undefined
    const obstacle = kept === undefined ? this.#obstacle(job, this.busy) : undefined
    if (obstacle !== undefined) {
      this.#refuse(ref, epoch, obstacle.reason, obstacle.detail)
      return undefined
    }
    const { monotonicMs } = this.#context.now
    const run: Run = {
      name,
      seat: ref,
      job,
      epoch,
      phase: 'fetching',
      accept: sealAccept(ref, domain, signer),
      role: seat.role,
      revealing: job.phase === 'revealing',
      sayAtMs: monotonicMs + ACCEPT_WAITS_MS,
      said: '',
      times: 0,
      everyMs: SAY_MS,
      renewAtMs: monotonicMs + RENEW_EVERY_MS,
      heldSinceMs: monotonicMs,
      renewals: new Map(),
      outputAt: { stdout: 0, stderr: 0 },
    }
    this.#runs.set(name, run)
    if (kept !== undefined) this.#restore(run, kept)
    else this.#fetchInputs(run)
    if (kept !== undefined) this.#say(run)
    this.#reportBusy()
    return run
  }

  #fetchInputs(run: Run): void {
    for (const file of run.job.spec.inputs) this.#blobs.need(file.cid, this.#witnesses(run))
    this.#startIfReady(run)
  }

  /** Why this peer cannot run `job` beside `busy` others. Right after a start it does not know yet what it can do: nothing is in the way then. */
  #obstacle({ spec }: JobRecord, busy: number): { reason: 'busy' | 'failed'; detail: string } | undefined {
    const { capacity } = this.#offers
    if (capacity === undefined) return undefined
    if (!capacity.engines.includes(spec.engine.type))
      return { reason: 'failed', detail: `no engine ${spec.engine.type} here` }
    return busy < capacity.slots ? undefined : { reason: 'busy', detail: 'all slots are taken' }
  }

  /** A primary may start when it sends its accept: only bound work is paid. After a restart it first hears whether it still holds its lease. */
  #startIfReady(run: Run): void {
    if (this.#offers.capacity === undefined || !run.job.spec.inputs.every((file) => this.#blobs.has(file.cid))) return
    if (run.role === 'running' && this.#context.now.monotonicMs >= heldUntilMs(run)) return
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

  #commit(run: Run, outcome: Exclude<RunOutcome, { status: 'engine-failed' }>): void {
    const { identity, self } = this.#context
    const logs = this.#blobs.add(
      encode({ stdout: outcome.stdout, stderr: outcome.stderr, reason: 'reason' in outcome ? outcome.reason : '' }),
    )
    const bytes = outcome.status === 'done' ? encodeOutput(outcome) : undefined
    const digest = outcome.status === 'done' ? toHex(sha256(bytes ?? new Uint8Array())) : failureDigest(outcome.code)
    const nonce = this.#context.random(32)
    const result = {
      ...run.seat,
      status: outcome.status === 'done' ? ('done' as const) : ('failed' as const),
      code: outcome.status === 'done' ? ('' as const) : outcome.code,
      digest,
      nonce,
      output: bytes === undefined ? '' : this.#blobs.add(bytes),
      logs,
      meterMs: Math.max(1, Math.round(outcome.meterMs)),
      body: bytes !== undefined && carriesOutput(run.job.spec, bytes.length) ? bytes : new Uint8Array(),
    }
    const hash = commitmentHash({ jobId: run.job.id, fence: run.seat.fence, peer: self, outputDigest: digest, nonce })
    run.result = sealResult(result, identity.domain, identity.signer)
    run.commitment = sealCommitment({ ...run.seat, hash }, identity.domain, identity.signer)
    run.phase = 'committed'
    const value = encode([run.commitment.raw, run.result.raw])
    const key = storeKeys.run(run.name)
    const until = storeKeys.expiry(this.#context.now.wallMs + limits.deadlineMaxMs, key)
    this.#context.write(
      [
        { put: key, value },
        { put: until, value: new Uint8Array() },
      ],
      { durable: true, lane: LANE },
    )
    this.#say(run)
  }

  #restore(run: Run, kept: Uint8Array): void {
    const [commitment, result] = keptEnvelopes(kept) ?? []
    const committed = commitment && this.#context.envelope(commitment)
    const revealed = result && this.#context.envelope(result)
    if (committed === undefined || revealed === undefined) {
      this.#fetchInputs(run)
      return
    }
    run.commitment = committed
    run.result = revealed
    run.phase = 'committed'
  }

  /** Says what the log has not heard yet; a commitment goes out only when it is durable. */
  #say(run: Run): void {
    const said = `${run.role}/${run.revealing}/${run.commitment !== undefined}`
    run.times = run.said === said ? run.times + 1 : 0
    run.everyMs = run.times > 0 ? Math.min(SAY_MAX_MS, 2 * run.everyMs) : SAY_MS
    run.said = said
    run.sayAtMs = this.#context.now.monotonicMs + run.everyMs
    const inputs: Uint8Array[] = []
    if (run.role === 'offered') inputs.push(run.accept.raw)
    if ((run.role === 'offered' || run.role === 'running') && run.commitment !== undefined)
      inputs.push(run.commitment.raw)
    if (run.role === 'committed' && run.revealing && run.result !== undefined) inputs.push(run.result.raw)
    if (inputs.length > 0) this.#context.say(this.#witnesses(run), inputs, LANE)
    // Nothing changed for long: what would tell so may have been lost.
    if (run.times > 0) this.#ask(run.job.id, this.#witnesses(run), run.times)
  }

  /** Asks two of the job's witnesses, others each time, where it stands. */
  #ask(job: string, witnesses: readonly PeerKey[], times: number): void {
    const asked = [2 * times, 2 * times + 1].flatMap((i) => witnesses[i % witnesses.length] ?? [])
    this.#context.send([...new Set(asked)], { type: 'query', job })
  }

  /** True if there are commitments of an earlier life whose jobs are not known here yet. */
  #asksForKept(): boolean {
    return this.#kept.size > 0 && this.#keptAsked < KEPT_ASKED
  }

  #askForKept(): void {
    this.#askKeptAtMs = this.#context.now.monotonicMs + SAY_MS * 2 ** this.#keptAsked
    const times = this.#keptAsked++
    for (const [name, kept] of [...this.#kept].slice(0, KEPT_ASKED_AT_ONCE)) {
      const commitment = keptEnvelopes(kept)?.[0]
      const envelope = commitment === undefined ? undefined : this.#context.envelope(commitment)
      const input = envelope && this.#context.input(envelope)
      if (this.#runs.has(name) || input?.kind !== 'commitment') continue
      const { job, account } = input.statement
      this.#ask(job, this.#context.committee(account)?.witnesses ?? [], times)
    }
  }

  #unheard(run: Run): boolean {
    if (run.role === 'offered') return true
    if (run.role === 'running') return run.commitment !== undefined
    return run.role === 'committed'
  }

  #leased(run: Run): boolean {
    return run.role === 'running' || run.role === 'offered'
  }

  /** One message renews all leases of an account. */
  #renew(account: WalletKey): void {
    const { monotonicMs } = this.#context.now
    const token = this.#token++
    const leases: [string, number][] = []
    for (const run of this.#runs.values()) {
      if (run.seat.account !== account || !this.#leased(run) || leases.length >= limits.openJobsPerAccount) continue
      run.renewAtMs = monotonicMs + RENEW_EVERY_MS
      run.renewals.set(token, { sentMs: monotonicMs, by: new Set() })
      for (const old of run.renewals.keys()) {
        if (run.renewals.size <= RENEWALS_KEPT) break
        run.renewals.delete(old)
      }
      leases.push([run.seat.job, run.seat.fence])
    }
    const witnesses = this.#context.committee(account)?.witnesses ?? []
    this.#context.send(witnesses, { type: 'renew', account, leases, token })
  }

  #refuse(seat: SeatRef, epoch: number, reason: 'busy' | 'failed', detail: string): void {
    const { signer, domain } = this.#context.identity
    const envelope = sealRefusal({ ...seat, reason, detail: detail.slice(0, 300) }, domain, signer)
    const to = this.#context.committee(seat.account, epoch)?.witnesses ?? []
    this.#context.say(to, [envelope.raw])
  }

  #drop(run: Run): void {
    if (run.phase === 'running') this.#context.effects.push({ type: 'abort', run: run.name })
    this.#runs.delete(run.name)
    if (run.commitment !== undefined) this.#forget(run.name)
    else this.#kept.delete(run.name)
    this.#reportBusy()
  }

  #forget(name: string): void {
    this.#kept.delete(name)
    this.#context.write([{ del: storeKeys.run(name) }], { durable: false })
  }

  #witnesses(run: Run): readonly PeerKey[] {
    return this.#context.committee(run.seat.account)?.witnesses ?? []
  }

  #reportBusy(): void {
    let backlogMs = 0
    for (const run of this.#runs.values()) if (run.phase === 'running') backlogMs += run.job.spec.requirements.timeMs
    this.#offers.setBusy(this.busy, backlogMs)
  }
}

/** The commitment and the result in a record of a run. */
function keptEnvelopes(kept: Uint8Array): readonly [Uint8Array, Uint8Array] | undefined {
  const value = decode(kept)
  const [commitment, result] = Array.isArray(value) ? (value as readonly unknown[]) : []
  return commitment instanceof Uint8Array && result instanceof Uint8Array ? [commitment, result] : undefined
}

/** True if the engine works on it under a lease that may run out. */
function isAtWork(run: Run): boolean {
  return run.phase === 'running' && run.role === 'running'
}

/** When a lease that is not confirmed again is given up, monotonic. */
function heldUntilMs(run: Run): number {
  return run.heldSinceMs + limits.leaseMs * STOP_SHARE
}

export function runName(job: string, fence: number): string {
  return `${job}/${fence}`
}
