/**
 * The wallets: they sign jobs one after another, bring them to a peer, go to another peer if that one is gone, and stop
 * caring once they hold a receipt: "post a job, close the laptop".
 */
import { sealJob } from '#protocol/account/inputs.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import { ENGINE } from '../world/executor.ts'
import { DOMAIN, NETWORK_ID } from '../world/ledger.ts'
import { EPOCH_MS } from '../world/timeline.ts'
import type { JobRequest } from './workload.ts'

/** A job that was signed, and how it goes. */
export interface PostedJob {
  readonly id: string
  readonly number: number
  readonly wallet: number
  readonly spec: JobSpec
  readonly envelope: Envelope
  readonly postedMs: number
  /** Index of the peer that has it. */
  poster: number
  /** Which life of that peer. */
  posterLife: number
  lastSaidMs: number
  /** Virtual times: a receipt was seen; the log closed it; the poster holds the closing receipt. */
  acknowledgedMs: number | undefined
  closedMs: number | undefined
  collectedMs: number | undefined
  /** How the log closed it; empty before. */
  state: string
  /** Tickets of it that became active. */
  tickets: number
  rejected: string
}

interface Wallet {
  readonly signer: Signer
  nextSeq: number
  readonly waiting: JobRequest[]
  /** Signed and not acknowledged. */
  readonly unacknowledged: Map<string, PostedJob>
}

/** What a client needs of the world. */
export interface ClientParts {
  readonly wallets: readonly Signer[]
  readonly nowMs: () => number
  readonly deadlineMs: number
  readonly authorised: bigint
  /** Placement policy of every job. */
  readonly policy: string
  /** What the job of this number may cost, micro-credits. */
  readonly priceOf: (seq: number) => bigint
  /** Peers that are up now, by index. */
  readonly reachable: () => readonly number[]
  /** Grows with each start of a peer's process. */
  readonly lifeOf: (peer: number) => number
  readonly submit: (peer: number, job: PostedJob) => void
  readonly choose: (peers: readonly number[]) => number
}

/** Signed jobs of one wallet on their way at the same time. */
const UNACKNOWLEDGED_MAX = 8
const REPEAT_MS = 4_000

export class Client {
  readonly jobs = new Map<string, PostedJob>()
  readonly #parts: ClientParts
  readonly #wallets: Wallet[]

  constructor(parts: ClientParts) {
    this.#parts = parts
    this.#wallets = parts.wallets.map((signer) => ({ signer, nextSeq: 1, waiting: [], unacknowledged: new Map() }))
  }

  /** A user wants a job done. */
  request(request: JobRequest): void {
    const wallet = this.#wallets[request.wallet % this.#wallets.length]
    if (wallet === undefined) return
    wallet.waiting.push(request)
    this.#post(wallet)
  }

  /** Says again what nobody acknowledged. */
  tick(): void {
    const nowMs = this.#parts.nowMs()
    for (const wallet of this.#wallets) {
      for (const job of wallet.unacknowledged.values()) {
        // A daemon that has the job repeats it by itself: its user says it again only if the daemon is another one by
        // now.
        const lost = job.poster < 0 || this.#parts.lifeOf(job.poster) !== job.posterLife
        if (lost && nowMs >= job.lastSaidMs + REPEAT_MS) this.#submit(job)
      }
      this.#post(wallet)
    }
  }

  /** A peer showed its user a valid receipt of `id`. */
  acknowledged(id: string, closed: boolean): void {
    const job = this.jobs.get(id)
    if (job === undefined) return
    job.acknowledgedMs ??= this.#parts.nowMs()
    if (closed) job.collectedMs ??= this.#parts.nowMs()
    this.#settle(job)
  }

  /** The certified log closed a job. */
  closed(id: string, state: string): void {
    const job = this.jobs.get(id)
    if (job === undefined) return
    job.closedMs ??= this.#parts.nowMs()
    job.state = state
  }

  /** The certified log gave out tickets for a job. */
  placed(id: string, tickets: number): void {
    const job = this.jobs.get(id)
    if (job !== undefined) job.tickets += tickets
  }

  /** The witnesses refused a job for good: its number is used up. */
  rejected(id: string, code: string): void {
    const job = this.jobs.get(id)
    if (job === undefined || job.acknowledgedMs !== undefined || job.rejected !== '') return
    job.rejected = code
    this.#settle(job)
  }

  #settle(job: PostedJob): void {
    const wallet = this.#wallets[job.wallet]
    wallet?.unacknowledged.delete(job.id)
    if (wallet !== undefined) this.#post(wallet)
  }

  #post(wallet: Wallet): void {
    while (wallet.unacknowledged.size < UNACKNOWLEDGED_MAX) {
      const request = wallet.waiting.shift()
      if (request === undefined) return
      const job = this.#sign(wallet, request)
      this.jobs.set(job.id, job)
      wallet.unacknowledged.set(job.id, job)
      this.#submit(job)
    }
  }

  #submit(job: PostedJob): void {
    const peers = this.#parts.reachable()
    job.lastSaidMs = this.#parts.nowMs()
    if (peers.length === 0) return
    if (!peers.includes(job.poster)) job.poster = this.#parts.choose(peers)
    job.posterLife = this.#parts.lifeOf(job.poster)
    this.#parts.submit(job.poster, job)
  }

  #sign(wallet: Wallet, { runMs, replicas, wallet: number }: JobRequest): PostedJob {
    const { deadlineMs, authorised } = this.#parts
    const nowMs = this.#parts.nowMs()
    const seq = wallet.nextSeq++
    const spec: JobSpec = {
      version: 1,
      name: `job ${seq}`,
      network: NETWORK_ID,
      account: wallet.signer.key,
      seq,
      authorised,
      createdMs: EPOCH_MS + nowMs,
      deadlineMs: EPOCH_MS + nowMs + deadlineMs,
      engine: { type: ENGINE, params: { text: `${wallet.signer.key.slice(0, 6)} ${seq}`, ms: runMs } },
      inputs: [],
      requirements: {
        timeMs: Math.max(1_000, 2 * runMs),
        memoryBytes: 2 ** 20,
        regions: [],
        gpuMemoryBytes: 0,
        models: [],
      },
      replicas,
      comparator: { type: 'exact' },
      priceMax: this.#parts.priceOf(seq),
      policy: this.#parts.policy,
    }
    const envelope = sealJob(spec, DOMAIN, wallet.signer)
    const base = { id: envelope.id, number: this.jobs.size, wallet: number % this.#wallets.length, spec, envelope }
    return {
      ...base,
      postedMs: nowMs,
      poster: -1,
      posterLife: 0,
      lastSaidMs: nowMs,
      acknowledgedMs: undefined,
      closedMs: undefined,
      collectedMs: undefined,
      state: '',
      tickets: 0,
      rejected: '',
    }
  }
}
