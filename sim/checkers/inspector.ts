/** All checkers on one world: each sees what it needs, and what breaks is kept with its property's name. */
import type { Effect, Event, Notice } from '#node/core/effects.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
import { isWrong } from '../world/executor.ts'
import { DOMAIN, NETWORK_ID } from '../world/ledger.ts'
import type { SimPeer } from '../world/peer.ts'
import type { Observer, World } from '../world/world.ts'
import { admission } from './admission.ts'
import { bounds } from './bounds.ts'
import type { Checker, Simulation, Violation } from './checker.ts'
import { fairness } from './fairness.ts'
import { fence } from './fence.ts'
import { certifiedTime, contributions, deadlines, noLostJob } from './history.ts'
import { acknowledged, liveness } from './liveness.ts'
import { authorised, conservation } from './money.ts'
import { offences } from './offences.ts'
import { offerLives } from './offers.ts'
import { samePlacement } from './placement.ts'
import { Reference } from './reference.ts'
import { rightResults } from './results.ts'
import { senders } from './senders.ts'
import { settlement } from './settlement.ts'
import { tickets } from './tickets.ts'
import { unasked } from './unasked.ts'
import { votes } from './votes.ts'
import { workKept } from './work.ts'

const VIOLATIONS_MAX = 100

export class Inspector implements Observer {
  readonly violations: Violation[] = []
  readonly reference: Reference
  readonly #world: World
  readonly #checkers: readonly Checker[]

  constructor(world: World, hooks: { certified: (entry: CertifiedEntry) => void }) {
    this.#world = world
    this.#checkers = checkersOf(world)
    this.reference = new Reference({
      domain: DOMAIN,
      networkId: NETWORK_ID,
      registryAt: (epoch) => world.chain.view(epoch),
      nowMs: () => world.nowMs,
      violated: (property, account, detail) => this.#violated(property, account, detail),
      certified: (entry) => {
        hooks.certified(entry)
        this.#certified(entry)
      },
    })
  }

  heard(peer: SimPeer, event: Event): void {
    for (const checker of this.#checkers) this.#note(checker, '', checker.heard?.(peer, event))
  }

  said(peer: SimPeer, effects: readonly Effect[]): void {
    for (const checker of this.#checkers) this.#note(checker, '', checker.said?.(peer, effects))
    for (const effect of effects) {
      if (effect.type !== 'write') continue
      for (const change of effect.changes) if ('put' in change) this.reference.wrote(change.put, change.value)
    }
  }

  sent(peer: SimPeer, frame: Uint8Array): void {
    for (const checker of this.#checkers) {
      if (checker.sent !== undefined) this.#note(checker, '', checker.sent(peer, frame))
    }
  }

  notice(peer: SimPeer, notice: Notice): void {
    if (!peer.honest) return
    const { client } = this.#world
    if (notice.type === 'rejected') {
      const { spec } = client.jobs.get(notice.job) ?? {}
      const admitted = spec && this.reference.stateOf(spec.account)?.jobs.has(notice.job)
      if (admitted === true) this.#violated('S7', spec?.account ?? '', 'a job was called rejected that is in the log')
      client.rejected(notice.job, notice.code)
    }
    if (notice.type !== 'receipt') return
    const { job, certificate } = notice.receipt
    const known = this.reference.stateOf(certificate.header.account)
    if (known === undefined || known.height < certificate.header.height) {
      this.#violated('S7', certificate.header.account, 'a receipt of a state that no log has')
    }
    client.acknowledged(job.id, job.phase === 'closed')
  }

  fatal(peer: SimPeer, error: unknown): void {
    if (peer.disk.faults.broken) return
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#violated('no-crash', '', `${peer.name}: ${text.split('\n').slice(0, 4).join(' | ')}`)
  }

  /** Each virtual second. */
  second(): void {
    for (const checker of this.#checkers) this.#note(checker, '', checker.second?.(this.#simulation()))
  }

  end(): void {
    for (const checker of this.#checkers) this.#note(checker, '', checker.end?.(this.#simulation()))
  }

  #simulation(): Simulation {
    return { world: this.#world, reference: this.reference }
  }

  #certified(entry: CertifiedEntry): void {
    for (const job of entry.after.jobs.values()) {
      const tickets = job.seats.filter((seat) => seat.fence === entry.height).length
      if (tickets > 0) this.#world.client.placed(job.id, tickets)
      if (job.phase !== 'closed' || entry.before.jobs.get(job.id)?.phase === 'closed') continue
      this.#world.client.closed(job.id, job.outcome?.state ?? 'failed')
    }
    for (const checker of this.#checkers) this.#note(checker, entry.account, checker.entry?.(entry))
  }

  #note({ property }: Checker, account: WalletKey, findings: Iterable<string> | undefined): void {
    if (findings !== undefined) for (const detail of findings) this.#violated(property, account, detail)
  }

  #violated(property: string, account: WalletKey, detail: string): void {
    const again = this.violations.some((known) => known.property === property && known.detail === detail)
    if (again || this.violations.length >= VIOLATIONS_MAX) return
    this.violations.push({ property, atMs: this.#world.nowMs, account, detail })
  }
}

function checkersOf(world: World): Checker[] {
  const { hardware, faults, attackers, workload } = world.scenario
  const alike =
    [hardware.slots, hardware.speedMilli, hardware.pricePerSecond].every(([low, high]) => low === high) &&
    (faults === 'none' || faults.length === 0) &&
    Object.keys(attackers).length === 0 &&
    workload.kind === 'poisson'
  return [
    votes((account, epoch) => {
      const view = world.chain.view(epoch)
      return view === undefined ? 0 : drawCommittee(view, account).n
    }),
    certifiedTime,
    contributions,
    conservation,
    authorised(world),
    settlement,
    fence,
    noLostJob,
    deadlines,
    acknowledged,
    liveness(),
    workKept(world),
    admission(world),
    bounds(),
    senders(world),
    unasked(),
    tickets(),
    offerLives,
    offences(),
    samePlacement,
    rightResults(() => badPeers(world)),
    fairness(alike),
  ]
}

/** Peers that ever give wrong results. */
function badPeers(world: World): number {
  const bad = new Set<number>()
  for (const peer of world.peers) {
    if (isWrong(peer.temper) || peer.options.behaviour?.name === 'copier') bad.add(peer.options.index)
  }
  for (const [index, name] of world.attackers) if (name === 'turncoat') bad.add(index)
  const { faults } = world.scenario
  if (Array.isArray(faults)) {
    for (const fault of faults) {
      if (fault.kind === 'temper' && isWrong(fault.temper)) bad.add(fault.peer % world.peers.length)
    }
  }
  return bad.size
}
