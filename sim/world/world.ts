/**
 * A whole network in one process: peers, wallets, faults and checkers on one timeline. The same scenario and seed give
 * the same run.
 */
import type { Effect, Event, Notice } from '#node/core/effects.ts'
import type { Member } from '#protocol/membership/registry.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { type PeerKey, type Signer, signerFromSeed } from '#protocol/wire/keys.ts'
import { attackerOf, drawAttackers, TURNCOAT_TURNS_AT } from '../attackers/attackers.ts'
import { register } from '../attackers/grinder.ts'
import type { AttackerName, Fault, Scenario } from '../scenario.ts'
import { Client } from '../workloads/client.ts'
import type { CertifiedEntry } from './certified-entry.ts'
import { beaconOf, Chain } from './chain.ts'
import { SimNetwork } from './network.ts'
import { parameters, regions } from './parameters.ts'
import { type LogLine, SimPeer } from './peer.ts'
import { at, chanceFrom } from './random.ts'
import { LONG_TURNS, Timeline } from './timeline.ts'

/** Who looks on. All are called in the order of events. */
export interface Observer {
  heard?(peer: SimPeer, event: Event): void
  said?(peer: SimPeer, effects: readonly Effect[]): void
  /** A frame leaves for the network. */
  sent?(peer: SimPeer, frame: Uint8Array): void
  notice?(peer: SimPeer, notice: Notice): void
  /** A certified entry, recomputed, once. */
  certified?(entry: CertifiedEntry): void
  /** A fault begins or ends. */
  fault?(fault: Fault, on: boolean): void
  fatal?(peer: SimPeer, error: unknown): void
  logged?(peer: SimPeer, line: LogLine): void
}

const CLIENT_TICK_US = 500_000
/**
 * What a job may cost. A poor wallet asks for more now and then than it has left: a number that is refused must stop
 * those after it.
 */
const PRICE_MICRO = 10_000_000n
const HIGH_PRICE_MICRO = 25_000_000n
const POOR_MICRO = 100_000_000

export class World {
  readonly scenario: Scenario
  readonly seed: number
  readonly time = new Timeline()
  readonly net: SimNetwork
  readonly chain: Chain
  readonly peers: SimPeer[] = []
  readonly wallets: readonly Signer[]
  readonly client: Client
  readonly observers: Observer[] = []

  /** Attackers by the number of their peer. */
  readonly attackers: ReadonlyMap<number, AttackerName>

  constructor(scenario: Scenario) {
    this.scenario = scenario
    this.seed = scenario.seed
    this.net = new SimNetwork(this.time, chanceFrom(this.seed, 'network'), this.seed)
    const signers = Array.from({ length: scenario.peers }, (_, i) => signerOf(this.seed, `peer ${i}`))
    const owners = signers.map((_, i) => signerOf(this.seed, `owner ${i}`).key)
    const members = signers.map((signer, i): Member => ({ peer: signer.key, owner: owners[i] ?? signer.key }))
    this.attackers = drawAttackers(scenario)
    this.wallets = Array.from({ length: scenario.wallets }, (_, i) => signerOf(this.seed, `wallet ${i}`))
    const grinders = [...this.attackers].flatMap(([i, name]) => (name === 'grinder' ? (members[i]?.peer ?? []) : []))
    const account = this.wallets[0]?.key ?? ''
    const registered = register(members, new Set(grinders), { beacon: beaconOf(this.seed, 0), account })
    this.chain = new Chain({
      time: this.time,
      chance: chanceFrom(this.seed, 'chain'),
      seed: this.seed,
      members: registered,
      deposit: BigInt(scenario.depositMicro),
      funded: new Set(this.wallets.map(({ key }) => key)),
    })
    for (const [index, signer] of signers.entries()) this.#addPeer(index, signer, owners[index] ?? '')
    this.client = this.#makeClient()
  }

  get nowMs(): number {
    return Math.floor(this.time.nowUs / 1_000)
  }

  peer(index: number): SimPeer {
    return at(this.peers, index)
  }

  /** Starts every peer, connects the mesh, and begins to repeat what wallets say. */
  start(): void {
    for (const peer of this.peers) this.restart(peer.options.index)
    const tick = (): void => {
      this.client.tick()
      this.time.after(CLIENT_TICK_US, tick)
    }
    this.time.after(CLIENT_TICK_US, tick)
    for (const [index, name] of this.attackers) {
      if (name !== 'turncoat') continue
      this.time.at(this.scenario.for * 1_000 * TURNCOAT_TURNS_AT, () => {
        this.peer(index).temper = 'wrong'
      })
    }
  }

  /** A peer's process starts, from nothing or again after a crash. */
  restart(index: number): void {
    const peer = this.peer(index)
    if (peer.up) return
    this.time.at(this.time.nowUs, () => {
      peer.start(() => this.connectMesh(peer))
      return LONG_TURNS
    })
  }

  /** Opens the connections that a peer keeps by itself: a ring, so that the mesh is connected, and drawn ones. */
  connectMesh(peer: SimPeer): void {
    const chance = chanceFrom(this.seed, `mesh ${peer.options.index}`)
    const count = this.peers.length
    const { index } = peer.options
    const neighbours = new Set([(index + 1) % count, (index + count - 1) % count])
    while (neighbours.size < Math.min(parameters.gossip.degree, count)) neighbours.add(chance.int(0, count - 1))
    for (const other of neighbours) this.net.connect(peer.endpoint, this.peer(other).endpoint)
  }

  #addPeer(index: number, signer: Signer, owner: string): void {
    const chance = chanceFrom(this.seed, `make ${index}`)
    const { clocks, hardware } = this.scenario
    const kind = this.attackers.get(index)
    const others = (): PeerKey[] => this.peers.map(({ endpoint }) => endpoint.key).filter((key) => key !== signer.key)
    const attacker = kind && attackerOf(kind, { signer, others, chance: chanceFrom(this.seed, `attacker ${index}`) })
    const peer = new SimPeer(
      {
        index,
        seed: this.seed,
        signer,
        owner,
        region: regions.names.indexOf(chance.pick(this.scenario.regions)),
        slots: chance.int(...hardware.slots),
        speedMilli: chance.int(...hardware.speedMilli),
        pricePerSecond: BigInt(chance.int(...hardware.pricePerSecond)),
        skewMs: chance.int(-clocks.skewMs, clocks.skewMs),
        driftPpm: chance.int(-clocks.driftPpm, clocks.driftPpm),
        net: this.net,
        chain: this.chain,
        ...(attacker?.behaviour === undefined ? {} : { behaviour: attacker.behaviour }),
      },
      {
        heard: (at, event) => this.#each((observer) => observer.heard?.(at, event)),
        said: (at, effects) => this.#each((observer) => observer.said?.(at, effects)),
        sent: (at, frame) => this.#each((observer) => observer.sent?.(at, frame)),
        notice: (at, notice) => this.#each((observer) => observer.notice?.(at, notice)),
        fatal: (at, error) => this.#each((observer) => observer.fatal?.(at, error)),
        logged: (at, line) => this.#each((observer) => observer.logged?.(at, line)),
      },
    )
    peer.temper = attacker?.temper ?? 'honest'
    this.peers.push(peer)
  }

  #each(tell: (observer: Observer) => void): void {
    for (const observer of this.observers) tell(observer)
  }

  #makeClient(): Client {
    const chance = chanceFrom(this.seed, 'client')
    return new Client({
      wallets: this.wallets,
      nowMs: () => this.nowMs,
      deadlineMs: this.scenario.workload.deadlineMs,
      authorised: BigInt(this.scenario.authorisedMicro ?? this.scenario.depositMicro),
      policy: this.scenario.policy,
      priceOf: (seq) => (this.scenario.depositMicro < POOR_MICRO && seq % 4 === 3 ? HIGH_PRICE_MICRO : PRICE_MICRO),
      reachable: () => this.peers.filter((peer) => peer.up && peer.honest).map((peer) => peer.options.index),
      choose: (peers) => chance.pick(peers),
      lifeOf: (index) => this.peer(index).life,
      submit: (index, job) => this.peer(index).dispatch({ type: 'submit', envelope: job.envelope.raw, blobs: [] }),
    })
  }
}

function signerOf(seed: number, name: string): Signer {
  return signerFromSeed(sha256(utf8(`weft/sim/key/${seed}/${name}`)))
}
