/** A {@link PeerApi} without a network: checks signatures for real, and plays each job's history from a script. */
import type { AccountView } from '#node/api/accounts.ts'
import type { JobEvent, JobView } from '#node/api/job-view.ts'
import type { EngineCheck } from '#node/api/jobs.ts'
import type { PeerInfo } from '#node/api/network.ts'
import type { WhyView } from '#node/api/why.ts'
import type { PeerApi } from '#node/peer/peer-api.ts'
import { JOB, readInput } from '#protocol/account/inputs.ts'
import { type ErrorCode, WeftError } from '#protocol/errors.ts'
import { encodeOutput } from '#protocol/job/output.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { blobCid, encode } from '#protocol/wire/canonical.ts'
import { readEnvelope } from '#protocol/wire/envelope.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { encodeKey } from '#protocol/wire/keys.ts'

/** Keys that are nobody's. */
const peerKeys = [1, 2, 3, 4, 5].map((n) => encodeKey(sha256(utf8(`peer ${n}`))))
const ownerKeys = [1, 2, 3, 4, 5].map((n) => encodeKey(sha256(utf8(`owner ${n}`))))
const at = (list: readonly string[], i: number): string => list[i] ?? ''

/** What the fake does with jobs; change it at any time. */
export interface Script {
  members: number
  /** Refusals of the next submissions, in order. */
  refusals: ErrorCode[]
  /** How jobs end. */
  ends: 'completed' | 'outvoted' | 'failed' | 'never' | 'no-peer'
  stdout: Uint8Array
  stderr: string
  files: { path: string; bytes: Uint8Array }[]
  /** Answers of `account` wait until the request is given up. */
  stuck: boolean
}

export interface FakePeer extends PeerApi {
  readonly script: Script
  /** Submissions that arrived, refused ones included. */
  readonly submitted: { spec: JobSpec; blobs: readonly Uint8Array[] }[]
  /** Requests that wait until they are given up. */
  readonly waiting: Set<string>
  /** Requests that were given up. */
  readonly aborted: string[]
  /** Listeners that follow a job now. */
  readonly following: Set<string>
}

export function createFakePeer(changes: Partial<Script> = {}): FakePeer {
  return new Fake(changes)
}

const NETWORK = 'roster:fake'

class Fake implements FakePeer {
  readonly script: Script
  readonly submitted: { spec: JobSpec; blobs: readonly Uint8Array[] }[] = []
  readonly waiting = new Set<string>()
  readonly aborted: string[] = []
  readonly following = new Set<string>()
  readonly #domain = networkDomain(NETWORK)
  readonly #jobs = new Map<string, JobView>()
  readonly #blobs = new Map<string, Uint8Array>()
  #nextSeq = 1

  constructor(changes: Partial<Script>) {
    this.script = {
      members: 5,
      refusals: [],
      ends: 'completed',
      stdout: utf8('hello\n'),
      stderr: '',
      files: [],
      stuck: false,
      ...changes,
    }
  }

  info(): PeerInfo {
    return {
      version: '0.0.0-fake',
      peer: at(peerKeys, 0),
      owner: at(ownerKeys, 0),
      network: NETWORK,
      ledger: 'roster',
      epoch: 1,
      member: true,
      membership: { state: 'member', reason: '' },
      addresses: ['/ip4/127.0.0.1/tcp/4001/p2p/fake'],
      connections: this.script.members - 1,
      members: this.script.members,
      engines: [{ engine: 'python', version: '3.12.0' }],
      slots: 2,
      running: 0,
      logs: 1,
      uptimeMs: 61_000,
    }
  }

  peers(): ReturnType<PeerApi['peers']> {
    return peerKeys.slice(0, this.script.members).map((peer, i) => ({
      peer,
      owner: at(ownerKeys, i),
      self: i === 0,
      connected: true,
      offer: {
        engines: ['python'],
        slots: 2,
        freeSlots: 2,
        memoryBytes: 2 ** 30,
        gpuMemoryBytes: 0,
        region: '',
        pricePerSecond: '100',
        speedMilli: 1_000,
        expiresMs: Date.now() + 60_000,
      },
    }))
  }

  knownEngines(): readonly string[] {
    return ['python', 'noop']
  }

  async account(wallet: string, { signal }: { signal: AbortSignal }): Promise<AccountView> {
    if (this.script.stuck) await this.#untilAborted('account', signal)
    return {
      account: wallet,
      epoch: 1,
      height: 3,
      nextSeq: this.#nextSeq,
      spent: '500',
      reserved: '0',
      funds: '1000000000',
      witnesses: peerKeys.slice(0, 4),
      n: 4,
      f: 1,
      q: 3,
      tolerance: 'byzantine',
    }
  }

  async submit(job: { envelope: Uint8Array; blobs: readonly Uint8Array[] }): Promise<JobView> {
    const envelope = readEnvelope(job.envelope, this.#domain)
    const input = envelope && readInput(envelope, this.#domain)
    if (input?.kind !== JOB) throw new WeftError('SIGNATURE_BAD', 'the job is not signed for this network')
    const { spec } = input
    this.submitted.push({ spec, blobs: job.blobs })
    const refusal = this.script.refusals.shift()
    if (refusal !== undefined) {
      // A refusal by the log uses the number up; a job that reached no witness did not.
      if (refusal !== 'NO_COMMITTEE') this.#nextSeq++
      throw new WeftError(refusal, `refused for the test: ${refusal}`)
    }
    if (spec.seq !== this.#nextSeq) throw new WeftError('SEQ_TAKEN', `${spec.seq} is taken`)
    this.#nextSeq++
    const view = this.#viewOf(input.envelope.id, spec)
    this.#jobs.set(view.jobId, view)
    return view
  }

  async cancel(envelope: Uint8Array): Promise<JobView> {
    const read = readEnvelope(envelope, this.#domain)
    const input = read && readInput(read, this.#domain)
    if (input?.kind !== 'cancel') throw new WeftError('SIGNATURE_BAD', 'not a signed cancellation')
    const known = this.#find(input.job)
    if (known.closedMs !== null) return known
    const job = { ...known, state: 'cancelled', code: 'CANCELLED', closedMs: Date.now() } as const
    this.#jobs.set(job.jobId, job)
    return job
  }

  async jobs({ account, limit }: { account?: string; limit: number }): Promise<readonly JobView[]> {
    return [...this.#jobs.values()]
      .reverse()
      .filter((job) => account === undefined || job.account === account)
      .slice(0, limit)
  }

  async job(jobId: string): Promise<JobView> {
    return this.#find(jobId)
  }

  async *follow(jobId: string, { signal }: { signal: AbortSignal }): AsyncGenerator<JobEvent> {
    this.following.add(jobId)
    try {
      for (const event of this.#history(this.#find(jobId))) {
        if (event.type === 'job') this.#jobs.set(jobId, event.job)
        yield event
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (this.#find(jobId).closedMs === null) await this.#untilAborted('follow', signal)
    } finally {
      this.following.delete(jobId)
    }
  }

  async blob(cid: string): Promise<Uint8Array | undefined> {
    return this.#blobs.get(cid)
  }

  async why(jobId: string): Promise<WhyView> {
    const job = this.#find(jobId)
    const digest = toHex(sha256(utf8(jobId)))
    return {
      jobId,
      state: job.state,
      height: 4,
      want: 3,
      peers: [
        ...peerKeys.slice(0, 3).map((peer, i) => ({ peer, eligible: true, score: 64 + i, rank: i + 1 })),
        { peer: at(peerKeys, 3), eligible: false, reason: { code: 'PRICE_HIGH', cap: '10', worstCase: '20' } },
        { peer: at(peerKeys, 4), eligible: false, reason: { code: 'NO_OFFER' } },
      ],
      certified: digest,
      recomputed: digest,
      matches: true,
      problem: null,
    }
  }

  async invite({ uses }: { ttlMs: number; uses: number }): Promise<string> {
    return `weft1-for-${uses}`
  }

  signing(): { domain: Uint8Array; network: string } {
    return { domain: this.#domain, network: NETWORK }
  }

  validateEngine({ engine, params }: EngineCheck): string | undefined {
    return engine === 'python' && params['code'] === undefined && params['file'] === undefined
      ? 'engine.params needs code or file.'
      : undefined
  }

  #find(jobId: string): JobView {
    const job = this.#jobs.get(jobId)
    if (job === undefined) throw new WeftError('NOT_FOUND', `no job ${jobId} is known here`)
    return job
  }

  #untilAborted(what: string, signal: AbortSignal): Promise<never> {
    this.waiting.add(what)
    return new Promise((_, reject) => {
      const give = (): void => {
        this.waiting.delete(what)
        this.aborted.push(what)
        reject(signal.reason)
      }
      if (signal.aborted) give()
      else signal.addEventListener('abort', give, { once: true })
    })
  }

  #put(bytes: Uint8Array): string {
    const cid = blobCid(bytes)
    this.#blobs.set(cid, bytes)
    return cid
  }

  #viewOf(jobId: string, spec: JobSpec): JobView {
    return {
      jobId,
      name: spec.name,
      account: spec.account,
      owner: spec.account,
      escrow: '',
      seq: spec.seq,
      engine: spec.engine.type,
      state: 'queued',
      code: '',
      replicas: spec.replicas,
      attempts: 0,
      priceMax: spec.priceMax.toString(),
      deadlineMs: spec.deadlineMs,
      admittedMs: Date.now(),
      closedMs: null,
      placement: { height: 0, primaries: [], standbys: [] },
      seats: [],
      excluded: [],
      verdict: null,
      output: '',
      logs: '',
      charged: '0',
      earned: [],
      certificate: {
        account: spec.account,
        epoch: 1,
        height: 4,
        n: 4,
        quorum: 3,
        signers: peerKeys.slice(0, 3),
        digest: toHex(sha256(utf8(jobId))),
        valid: true,
      },
    }
  }

  *#history(job: JobView): Generator<JobEvent> {
    if (job.closedMs !== null) return yield { type: 'job', at: Date.now(), job }
    yield { type: 'job', at: Date.now(), job }
    if (this.script.ends === 'no-peer') {
      return yield { type: 'job', at: Date.now(), job: closed(job, 'failed', 'NO_MATCHING_PEER') }
    }
    const placed = this.#placed(job)
    yield { type: 'job', at: Date.now(), job: { ...placed, state: 'placed' } }
    yield { type: 'job', at: Date.now(), job: { ...placed, state: 'running' } }
    const text = new TextDecoder().decode(this.script.stdout)
    yield { type: 'output', at: Date.now(), peer: at(peerKeys, 0), stream: 'stdout', text }
    if (this.script.ends === 'never') return
    yield { type: 'job', at: Date.now(), job: { ...placed, state: 'revealing' } }
    yield { type: 'job', at: Date.now(), job: this.#ended(placed) }
  }

  #placed(job: JobView): JobView {
    const primaries = peerKeys.slice(0, job.replicas)
    const logs = this.#put(encode({ stdout: this.script.stdout, stderr: utf8(this.script.stderr) }))
    const seat = { role: 'revealed', fence: 4, digest: 'ab'.repeat(32), output: '', logs, meterMs: 120 } as const
    return {
      ...job,
      attempts: 1,
      placement: { height: 4, primaries, standbys: [at(peerKeys, 4)] },
      seats: primaries.map((peer) => ({ ...seat, peer })),
      logs,
    }
  }

  #ended(job: JobView): JobView {
    if (this.script.ends === 'failed') return closed(job, 'failed', 'PROGRAM_FAILED')
    const output = this.#put(encodeOutput({ stdout: this.script.stdout, files: this.script.files }))
    const { primaries } = job.placement
    const outvoted = this.script.ends === 'outvoted' ? primaries.slice(2) : []
    const winners = primaries.filter((peer) => !outvoted.includes(peer))
    return {
      ...closed(job, 'completed', ''),
      output,
      verdict: { agreed: winners.length, of: primaries.length, confidence: 0.97, winners, outvoted },
      charged: '36',
      earned: winners.map((peer) => ({ payee: at(ownerKeys, peerKeys.indexOf(peer)), peer, amount: '12' })),
    }
  }
}

function closed(job: JobView, state: 'completed' | 'failed', code: ErrorCode | ''): JobView {
  return { ...job, state, code, closedMs: Date.now() }
}
