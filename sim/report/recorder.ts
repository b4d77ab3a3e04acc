/**
 * Gathers what the report shows: samples each virtual second, every job's way, what each peer did and earned, messages
 * by kind.
 */
import type { Effect } from '#node/core/effects.ts'
import { sumTotals } from '#protocol/credits/totals.ts'
import type { Simulation } from '../checkers/checker.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
import type { SimPeer } from '../world/peer.ts'
import { countEffects } from './effect-names.ts'

/** One virtual second. */
export interface Sample {
  readonly atMs: number
  readonly open: number
  readonly closed: number
  readonly running: number
  readonly framesPerSecond: number
  readonly bytesPerSecond: number
}

/** One step of a job's way. */
export interface JobStep {
  readonly atMs: number
  readonly what: string
}

/** What the page is made of. Plain data. */
export interface ReportData {
  readonly samples: readonly Sample[]
  readonly jobs: readonly {
    readonly number: number
    readonly wallet: number
    readonly postedMs: number
    readonly tookMs: number | null
    readonly state: string
    readonly tickets: number
    readonly steps: readonly JobStep[]
  }[]
  readonly peers: readonly {
    readonly name: string
    readonly kind: string
    readonly tickets: number
    readonly earnedMicro: number
  }[]
  readonly accounts: readonly {
    readonly name: string
    readonly depositMicro: number
    readonly spentMicro: number
    readonly settledMicro: number
    readonly paidMicro: number
  }[]
  readonly messages: readonly (readonly [string, number])[]
  readonly faults: readonly { readonly kind: string; readonly at: number; readonly until: number }[]
}

const JOBS_MAX = 2_000
const STEPS_MAX = 40

export class Recorder {
  readonly #samples: Sample[] = []
  readonly #steps = new Map<string, JobStep[]>()
  readonly #tickets = new Map<string, number>()
  readonly #messages = new Map<string, number>()
  #simulation: Simulation | undefined
  #before = { frames: 0, bytes: 0 }

  begin(simulation: Simulation): void {
    this.#simulation = simulation
  }

  said(_peer: SimPeer, effects: readonly Effect[]): void {
    for (const [name, count] of Object.entries(countEffects(effects))) {
      const [kind, frame] = name.split('/')
      if (kind === 'send' || kind === 'gossip') {
        this.#messages.set(frame ?? '', (this.#messages.get(frame ?? '') ?? 0) + count)
      }
    }
  }

  certified({ before, after, height, atMs }: CertifiedEntry): void {
    for (const job of after.jobs.values()) {
      const earlier = before.jobs.get(job.id)
      if (earlier === job) continue
      const name = (peer: string): string => this.#nameOf(peer)
      if (earlier === undefined) this.#step(job.id, atMs, `admitted at height ${height}`)
      for (const seat of job.seats) {
        const known = earlier?.seats.find((other) => other.peer === seat.peer && other.fence === seat.fence)
        if (seat.fence === height) this.#tickets.set(seat.peer, (this.#tickets.get(seat.peer) ?? 0) + 1)
        if (known?.role !== seat.role) this.#step(job.id, atMs, `${name(seat.peer)} ${seat.role}`)
      }
      for (const seat of earlier?.seats ?? []) {
        if (!job.seats.some((other) => other.peer === seat.peer))
          this.#step(job.id, atMs, `${name(seat.peer)} lost its seat`)
      }
      if (job.phase === 'revealing' && earlier?.phase !== 'revealing') this.#step(job.id, atMs, 'reveal opens')
      if (job.phase !== 'closed' || earlier?.phase === 'closed') continue
      const { outcome } = job
      this.#step(
        job.id,
        atMs,
        `${outcome?.state ?? ''} ${outcome?.code ?? ''}, charged ${outcome?.charged ?? 0n} micro-credits`,
      )
    }
  }

  /** Once per virtual second. */
  sample(): void {
    const { world } = this.#parts()
    const jobs = [...world.client.jobs.values()]
    const closed = jobs.filter((job) => job.closedMs !== undefined).length
    const { frames, bytes } = world.net.traffic
    this.#samples.push({
      atMs: world.nowMs,
      open: jobs.filter((job) => job.closedMs === undefined && job.rejected === '').length,
      closed,
      running: world.peers.reduce((sum, peer) => sum + (peer.core?.summary().running ?? 0), 0),
      framesPerSecond: frames - this.#before.frames,
      bytesPerSecond: bytes - this.#before.bytes,
    })
    this.#before = { frames, bytes }
  }

  record(): ReportData {
    const { world, reference } = this.#parts()
    const { faults } = world.scenario
    const earned = new Map<string, bigint>()
    for (const state of reference.states()) {
      for (const [payee, total] of state.totals) earned.set(payee, (earned.get(payee) ?? 0n) + total)
    }
    return {
      samples: this.#samples,
      jobs: [...world.client.jobs.values()].slice(0, JOBS_MAX).map((job) => ({
        number: job.number,
        wallet: job.wallet,
        postedMs: job.postedMs,
        tookMs: job.closedMs === undefined ? null : job.closedMs - job.postedMs,
        state: job.rejected === '' ? job.state || 'open' : `rejected ${job.rejected}`,
        tickets: job.tickets,
        steps: this.#steps.get(job.id) ?? [],
      })),
      peers: world.peers.map((peer) => ({
        name: peer.name,
        kind: world.attackers.get(peer.options.index) ?? 'honest',
        tickets: this.#tickets.get(peer.endpoint.key) ?? 0,
        earnedMicro: Number(earned.get(peer.options.owner) ?? 0n),
      })),
      accounts: world.wallets.map(({ key }, index) => {
        const onChain = world.chain.account(key)
        return {
          name: `wallet ${index}`,
          depositMicro: Number(onChain.deposit),
          spentMicro: Number(sumTotals(reference.stateOf(key)?.totals ?? new Map())),
          settledMicro: Number(sumTotals(onChain.totals)),
          paidMicro: Number(sumTotals(onChain.paid)),
        }
      }),
      messages: [...this.#messages].sort(([, a], [, b]) => b - a),
      faults: Array.isArray(faults)
        ? faults.map(({ kind, at, until }) => ({ kind, at, until: until ?? world.scenario.for }))
        : [],
    }
  }

  #parts(): Simulation {
    if (this.#simulation === undefined) throw new Error('broken invariant: a recorder that did not begin')
    return this.#simulation
  }

  #nameOf(key: string): string {
    return this.#parts().world.net.find(key) === undefined
      ? key.slice(0, 6)
      : `peer ${this.#parts().world.net.find(key)?.index}`
  }

  #step(job: string, atMs: number, what: string): void {
    const steps = this.#steps.get(job) ?? []
    if (steps.length < STEPS_MAX) steps.push({ atMs, what })
    this.#steps.set(job, steps)
  }
}
