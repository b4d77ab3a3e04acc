/**
 * Gossip as a model: a message reaches each peer over the quickest way through the mesh; who missed every push hears of
 * it at a heartbeat. What is drawn depends on publisher, receiver and message alone.
 *
 * Peers that nothing would happen to sleep: an offer changes nothing in a peer that keeps no log with an open job, so
 * it is handed over when that peer next has a part in an agreement, and what was overtaken by newer offers is left out.
 * Everybody ends up with the same offers as if each had been an event; in a network of thousands nearly all peers
 * sleep. `eager` hands everything over at once.
 */
import { limits } from '#protocol/limits.ts'
import { decodeFrame } from '#protocol/messages/frame.ts'
import type { Endpoint, NetworkFaults } from './endpoint.ts'
import { Mesh, mix } from './mesh.ts'
import { parameters } from './parameters.ts'
import type { Timeline } from './timeline.ts'

/** What gossip needs of the network that it spreads over. */
export interface GossipNetwork {
  readonly time: Timeline
  readonly seed: number
  /** Grows while the world is made, never later. */
  readonly endpoints: readonly Endpoint[]
  readonly faults: NetworkFaults
  /** One-way delay, microseconds, without anything that varies. */
  linkUs(from: Endpoint, to: Endpoint): number
  /** Times the usual delay between the two. */
  slowness(from: Endpoint, to: Endpoint): number
}

interface Publication {
  readonly number: number
  readonly from: Endpoint
  readonly topic: string
  readonly data: Uint8Array
  readonly atUs: number
}

const MILLION = 1_000_000
/** Smaller networks have no sleepers. */
const EAGER_PEERS_MAX = 64
/** A peer without anything to decide sleeps again after this time. */
const AWAKE_US = 5 * MILLION
/** What is kept of one publisher for sleepers: its newest offer, and totals of several accounts. */
const KEPT_MAX = 8

export class Gossip {
  /** True: every message is an event at every peer. */
  eager = false
  /** Peers whose offers one peer hears of at most, on average. */
  held: number = limits.offersHeld
  readonly #net: GossipNetwork
  readonly #mesh: Mesh
  readonly #kept = new Map<string, Publication[]>()
  readonly #awake = new Set<Endpoint>()
  #published = 0

  constructor(net: GossipNetwork) {
    this.#net = net
    this.#mesh = new Mesh(net.endpoints, (a, b) => net.linkUs(a, b))
  }

  publish(from: Endpoint, topic: string, data: Uint8Array): void {
    const publication = { number: this.#published++, from, topic, data, atUs: this.#net.time.nowUs }
    if (this.#everybody) {
      for (const to of this.#net.endpoints) if (this.isFor(from, to)) this.#deliver(publication, to)
      return
    }
    this.#keep(publication)
    for (const to of this.#awake) if (this.isFor(from, to)) this.#deliver(publication, to)
  }

  /**
   * True if `to` is to hear what `from` publishes: everybody, or so many as hold an offer at most (topics sharded by
   * resource class).
   */
  isFor(from: Endpoint, to: Endpoint): boolean {
    if (from === to) return false
    const count = this.#net.endpoints.length
    return count <= this.held || mix(from.index, to.index, 0) % count < this.held
  }

  /** `to` starts: what was said before its later lives it only hears from those that it connects to. */
  begin(to: Endpoint): void {
    if (to.life > 1) to.heardTo = this.#published
    this.#awake.delete(to)
  }

  /** A message is about to reach `to`: what it slept through comes first. */
  before(to: Endpoint, frame: Uint8Array): void {
    if (this.#everybody) return
    if (this.#awake.has(to)) return
    const type = decodeFrame(frame)?.type
    if (type === 'agreement' || type === 'inputs') this.#wake(to)
  }

  /** `to` is about to greet a peer with what it holds: a newcomer wants all of it. */
  beforeGreeting(to: Endpoint, newcomer: Endpoint): void {
    if (this.#everybody || this.#awake.has(to)) return
    if (this.#net.time.nowUs - newcomer.startedUs < AWAKE_US && newcomer.life > 1) this.#wake(to)
  }

  get #everybody(): boolean {
    return this.eager || this.#net.endpoints.length <= EAGER_PEERS_MAX
  }

  #keep(publication: Publication): void {
    const name = `${publication.from.index} ${publication.topic}`
    const known = this.#kept.get(name)
    if (known === undefined) {
      this.#kept.set(name, [publication])
      return
    }
    const last = known.at(-1)
    // A whole offer (profile and load) overtakes everything before it, a load alone only another load.
    if (offersIn(publication) > 1) known.length = 0
    else if (offersIn(publication) === 1 && last !== undefined && offersIn(last) === 1) known.pop()
    if (known.length >= KEPT_MAX) known.shift()
    known.push(publication)
  }

  #wake(to: Endpoint): void {
    this.#awake.add(to)
    const missed: Publication[] = []
    for (const known of this.#kept.values()) {
      for (const publication of known) {
        if (publication.number >= to.heardTo && this.isFor(publication.from, to)) missed.push(publication)
      }
    }
    for (const publication of missed.sort((a, b) => a.number - b.number)) this.#deliver(publication, to)
    this.#watch(to, to.life)
  }

  /** Lets `to` sleep again once it has nothing to decide. */
  #watch(to: Endpoint, life: number): void {
    this.#net.time.after(AWAKE_US, () => {
      if (to.life !== life) return
      if (to.decides()) {
        this.#watch(to, life)
        return
      }
      this.#awake.delete(to)
      to.heardTo = this.#published
    })
  }

  #deliver({ number, from, topic, data, atUs }: Publication, to: Endpoint): void {
    const delayUs = this.#delayUs(from, to, number)
    if (delayUs === undefined) return
    const act = (): void => to.events?.gossip(topic, from.key, data)
    const { nowUs } = this.#net.time
    if (atUs + delayUs <= nowUs) {
      act()
      return
    }
    // While the world begins, who is not up yet is about to be.
    const life = Math.max(1, to.life)
    this.#net.time.at(atUs + delayUs, () => {
      if (to.life === life) act()
    })
  }

  /** Microseconds until `to` hears message `number` of `from`; `undefined` if it never does. */
  #delayUs(from: Endpoint, to: Endpoint, number: number): number | undefined {
    const { faults, seed } = this.#net
    const down = to.events === undefined && to.life > 0
    if (down || faults.blocked(from.index, to.index)) return undefined
    const { degree, heartbeatUs, jitterPpm, validationUs } = parameters.gossip
    const drawn = (what: number, below: number): number => mix(number + what * 0x10001, to.index, seed) % below
    let delayUs = this.#mesh.delayUs(from, to) + drawn(1, validationUs)
    delayUs += (delayUs * drawn(2, jitterPpm)) / MILLION
    // Each lost copy leaves it to the next neighbour's; without any, the peer asks at its heartbeat.
    const { lossPpm } = faults
    for (let copy = 0; lossPpm > 0 && drawn(3 + copy, MILLION) < lossPpm; copy++) {
      delayUs += (copy + 1) % degree === 0 ? heartbeatUs : drawn(40 + copy, parameters.gossip.nextCopyUs)
    }
    return delayUs * faults.delayTimes * this.#net.slowness(from, to)
  }
}

/** How many offers a message carries; 0 if it carries none. */
function offersIn({ topic, data }: Publication): number {
  const frame = topic.includes('offers') ? decodeFrame(data) : undefined
  return frame?.type === 'offers' ? frame.offers.length : 0
}
