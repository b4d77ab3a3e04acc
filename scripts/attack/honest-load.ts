/** The honest poster: jobs at a steady pace, whatever becomes of those before, and how long each took. */
import type { JobView } from '#node/api/job-view.ts'
import type { Peer } from '#node/peer/create-peer.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import type { Signer } from '#protocol/wire/keys.ts'

/** Jobs a second, of all wallets together: two cores that run five daemons are far from busy with it. */
const JOBS_PER_SECOND = 5
/** From posting to the deadline: shorter than a log that stands still for as long as it once did. */
const DEADLINE_MS = 20_000
/** What a job may take to be judged after its deadline, and to be heard of. */
const PATIENCE_MS = DEADLINE_MS + 30_000
/** Jobs of one wallet that are open at once; beyond them posting pauses: an account holds at most 256. */
const OPEN_MAX = 100
/** What forged output says. */
export const FORGERY = 'forged-output'

/** What is being measured while a job is posted. */
export type Phase = 'warm-up' | 'without' | 'with' | 'after'

/** One job from its posting to its end. */
export interface Posted {
  readonly phase: Phase
  /** Which pair of phases it belongs to, from 0. */
  readonly round: number
  /** From posting to certified admission; infinite if none was heard of. */
  admissionMs: number
  isAcknowledged: boolean
  /** How it ended: `lost` if it was acknowledged and no end was heard of, empty if it was not acknowledged. */
  end: JobView['state'] | 'lost' | ''
  code: string
}

/** Posts from `start` to `settle`. */
export class HonestLoad {
  readonly posted: Posted[] = []
  /** Pieces of output that nobody who held a seat printed, as they reached the jobs' follower. */
  forgedOutput = 0
  readonly #peer: Peer
  readonly #wallets: readonly { readonly signer: Signer; seq: number; open: number }[]
  readonly #onJob: (job: string) => void
  readonly #pending = new Set<Promise<void>>()
  #phase: { readonly phase: Phase; readonly round: number } = { phase: 'warm-up', round: 0 }
  #timer: NodeJS.Timeout | undefined
  #turn = 0

  /** `onJob` hears of each job's id just before it is posted. */
  constructor(peer: Peer, wallets: readonly Signer[], onJob: (job: string) => void) {
    this.#peer = peer
    this.#wallets = wallets.map((signer) => ({ signer, seq: 0, open: 0 }))
    this.#onJob = onJob
  }

  /** Posts jobs of this phase from now on. */
  begin(phase: Phase, round: number): void {
    this.#phase = { phase, round }
    this.#timer ??= setInterval(() => this.#postNext(), 1_000 / JOBS_PER_SECOND)
  }

  /** Posts no more, and resolves when every job has ended, or its patience has. */
  async settle(): Promise<void> {
    this.halt()
    await Promise.all(this.#pending)
  }

  /** Posts no more. */
  halt(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /**
   * Posts one job that reads `input`; resolves when it has completed, to who signed that: witnesses, on whose disks the
   * input is.
   */
  async postWithInput(input: Uint8Array): Promise<{ cid: string; signers: readonly string[] }> {
    const cid = blobCid(input)
    const [wallet] = this.#wallets
    if (wallet === undefined) throw new Error('nobody posts')
    const inputs = [{ path: 'input', cid, bytes: input.length }]
    const { envelope, id } = this.#seal(wallet, inputs)
    const signal = AbortSignal.timeout(PATIENCE_MS)
    await this.#peer.submit({ envelope, blobs: [input] }, { signal })
    const ended = await this.#endOf(id, signal)
    if (ended?.state !== 'completed') throw new Error(`the job with an input ended ${ended?.state}: ${ended?.code}`)
    return { cid, signers: ended.certificate?.signers ?? [] }
  }

  #postNext(): void {
    const wallet = this.#wallets[this.#turn++ % this.#wallets.length]
    if (wallet === undefined || wallet.open >= OPEN_MAX) return
    wallet.open++
    const posting = this.#post(wallet).finally(() => {
      wallet.open--
      this.#pending.delete(posting)
    })
    this.#pending.add(posting)
  }

  /** Never rejects: what went wrong stands in the record. */
  async #post(wallet: { readonly signer: Signer; seq: number }): Promise<void> {
    const record: Posted = {
      ...this.#phase,
      admissionMs: Number.POSITIVE_INFINITY,
      isAcknowledged: false,
      end: '',
      code: '',
    }
    this.posted.push(record)
    const { envelope, id } = this.#seal(wallet, [])
    this.#onJob(id)
    const startedMs = performance.now()
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      await this.#peer.submit({ envelope, blobs: [] }, { signal })
      record.isAcknowledged = true
      record.admissionMs = performance.now() - startedMs
      record.end = 'lost'
      const ended = await this.#endOf(id, signal)
      record.end = ended?.state ?? 'lost'
      record.code = ended?.code ?? ''
    } catch (error) {
      record.code = error instanceof Error ? error.message : String(error)
    }
  }

  async #endOf(job: string, signal: AbortSignal): Promise<JobView | undefined> {
    for await (const event of this.#peer.follow(job, { signal })) {
      if (event.type === 'output' && event.text.includes(FORGERY)) this.forgedOutput++
      if (event.type === 'job' && event.job.closedMs !== null) return event.job
    }
    return undefined
  }

  #seal(
    wallet: { readonly signer: Signer; seq: number },
    inputs: JobSpec['inputs'],
  ): { envelope: Uint8Array; id: string } {
    const { network, domain } = this.#peer.signing()
    const nowMs = Date.now()
    const spec: JobSpec = {
      version: 1,
      name: 'honest',
      network,
      account: wallet.signer.key,
      seq: ++wallet.seq,
      authorised: 1n << 50n,
      createdMs: nowMs,
      deadlineMs: nowMs + DEADLINE_MS,
      engine: { type: 'noop', params: {} },
      inputs,
      requirements: { timeMs: 1_000, memoryBytes: 2 ** 20, regions: [], gpuMemoryBytes: 0, models: [] },
      replicas: 3,
      comparator: { type: 'exact' },
      priceMax: 10_000n,
      policy: 'balanced',
    }
    const { raw, id } = sealJob(spec, domain, wallet.signer)
    return { envelope: raw, id }
  }
}
