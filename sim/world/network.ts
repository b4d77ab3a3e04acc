/**
 * The simulated network: connections, delays by region, bandwidth, and what can go wrong with a frame. Frames of one
 * connection and channel arrive in order, as over a stream, unless a fault says otherwise.
 */
import type { Offence } from '#node/core/effects.ts'
import type { Channel, Network, NetworkEvents } from '#node/ports/network.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { Dht } from './dht.ts'
import type { Endpoint, NetworkFaults } from './endpoint.ts'
import { Gossip } from './gossip.ts'
import { parameters, regions } from './parameters.ts'
import { at, type Chance } from './random.ts'
import type { Timeline } from './timeline.ts'

/** One frame on its way. */
interface Transmission {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly channel: Channel
  readonly frame: Uint8Array
}

/** Counters for reports. */
export interface Traffic {
  frames: number
  bytes: number
  lost: number
  gossiped: number
  /** Largest number of bytes that waited for one link. */
  queuedBytesMax: number
}

export class SimNetwork {
  readonly endpoints: Endpoint[] = []
  readonly traffic: Traffic = { frames: 0, bytes: 0, lost: 0, gossiped: 0, queuedBytesMax: 0 }
  readonly faults: NetworkFaults = {
    lossPpm: 0,
    duplicatePpm: 0,
    reorderPpm: 0,
    delayTimes: 1,
    blocked: () => false,
  }
  /** Offences that peers reported of others, in order: an honest peer is never among them. */
  readonly offences: { readonly by: PeerKey; readonly peer: PeerKey; readonly offence: Offence }[] = []
  readonly time: Timeline
  readonly chance: Chance
  readonly seed: number
  readonly gossip: Gossip
  readonly dht: Dht
  readonly #byKey = new Map<PeerKey, Endpoint>()
  readonly #slow = new Map<number, number>()

  constructor(time: Timeline, chance: Chance, seed: number) {
    this.time = time
    this.chance = chance
    this.seed = seed
    this.gossip = new Gossip(this)
    this.dht = new Dht(time)
  }

  join(key: PeerKey, region: number): Network {
    const index = this.endpoints.length
    const endpoint: Endpoint = {
      key,
      index,
      region,
      events: undefined,
      life: 0,
      startedUs: 0,
      heardTo: 0,
      decides: () => false,
      connected: new Set(),
      linkFreeUs: 0,
      lastUs: new Map(),
    }
    this.endpoints.push(endpoint)
    this.#byKey.set(key, endpoint)
    return new PeerNetwork(this, endpoint)
  }

  find(key: PeerKey): Endpoint | undefined {
    return this.#byKey.get(key)
  }

  /** One-way delay without queueing, microseconds, with jitter. */
  delayUs(from: Endpoint, to: Endpoint): number {
    const base = this.linkUs(from, to)
    const jitter = (base * this.chance.int(0, parameters.jitterPpm)) / 1_000_000
    return (base + jitter) * this.faults.delayTimes * this.slowness(from, to)
  }

  /** One-way delay between two regions, microseconds, without anything that varies. */
  linkUs(from: Endpoint, to: Endpoint): number {
    const ms = at(at<readonly number[]>(regions.oneWayMs, from.region), to.region)
    return Math.max(parameters.localOneWayUs, ms * 1_000)
  }

  /** Times the usual delay between two peers. */
  slowness(from: Endpoint, to: Endpoint): number {
    return Math.max(this.#slow.get(from.index) ?? 1, this.#slow.get(to.index) ?? 1)
  }

  /** Everything from and to a peer takes so many times longer; 1: as usual. */
  slow(index: number, times: number): void {
    if (times === 1) this.#slow.delete(index)
    else this.#slow.set(index, times)
  }

  /**
   * Sends a frame, on a connection that it opens if there is none. Faults may lose it, repeat it, or let it overtake
   * others.
   */
  send(transmission: Transmission): void {
    const { from, to, frame } = transmission
    this.traffic.frames++
    this.traffic.bytes += frame.length
    if (!from.connected.has(to.index)) this.#dial(from, to)
    const { lossPpm, duplicatePpm, reorderPpm } = this.faults
    if (lossPpm > 0 && this.chance.ppm(lossPpm)) {
      this.traffic.lost++
      return
    }
    this.#deliver(transmission, reorderPpm > 0 && this.chance.ppm(reorderPpm))
    if (duplicatePpm > 0 && this.chance.ppm(duplicatePpm)) this.#deliver(transmission, true)
  }

  publish(from: Endpoint, topic: string, data: Uint8Array): void {
    this.traffic.gossiped++
    this.gossip.publish(from, topic, data)
  }

  /** Opens a connection; both sides hear of it. */
  connect(a: Endpoint, b: Endpoint): void {
    if (a.connected.has(b.index) || a === b || a.events === undefined || b.events === undefined) return
    a.connected.add(b.index)
    b.connected.add(a.index)
    this.#greet(a, b)
    this.#greet(b, a)
  }

  #greet(to: Endpoint, other: Endpoint): void {
    const greeted = (events: NetworkEvents): void => {
      this.gossip.beforeGreeting(to, other)
      events.connected(other.key)
    }
    this.#tell(to, greeted, this.delayUs(to, other))
  }

  /** A peer's connections end: it went away, or its machine did. */
  drop(endpoint: Endpoint): void {
    for (const index of endpoint.connected) {
      const other = at(this.endpoints, index)
      other.connected.delete(endpoint.index)
      this.#tell(other, (events) => events.disconnected(endpoint.key), parameters.disconnectNoticedUs)
    }
    endpoint.connected.clear()
    endpoint.lastUs.clear()
  }

  /** Connections across a cut end at both sides. */
  cut(isCut: (a: number, b: number) => boolean): void {
    for (const endpoint of this.endpoints) {
      for (const index of [...endpoint.connected]) {
        if (index < endpoint.index || !isCut(endpoint.index, index)) continue
        const other = at(this.endpoints, index)
        endpoint.connected.delete(index)
        other.connected.delete(endpoint.index)
        this.#tell(other, (events) => events.disconnected(endpoint.key), parameters.disconnectNoticedUs)
        this.#tell(endpoint, (events) => events.disconnected(other.key), parameters.disconnectNoticedUs)
      }
    }
  }

  /** Carries `act` out at `endpoint` after `delayUs`, if it is still in the same life. */
  #tell(endpoint: Endpoint, act: (events: NetworkEvents) => void, delayUs: number): void {
    const { life } = endpoint
    this.time.after(delayUs, () => {
      if (endpoint.events !== undefined && endpoint.life === life) act(endpoint.events)
    })
  }

  #dial(from: Endpoint, to: Endpoint): void {
    if (to.events === undefined || this.faults.blocked(from.index, to.index)) return
    from.linkFreeUs = Math.max(from.linkFreeUs, this.time.nowUs)
    const stream = `${from.index}/control`
    const readyUs = this.time.nowUs + 2 * parameters.dialRoundTrips * this.delayUs(from, to)
    to.lastUs.set(stream, Math.max(to.lastUs.get(stream) ?? 0, readyUs))
    this.connect(from, to)
  }

  #deliver({ from, to, channel, frame }: Transmission, overtakes: boolean): void {
    if (to.events === undefined || this.faults.blocked(from.index, to.index)) {
      this.traffic.lost++
      return
    }
    const { nowUs } = this.time
    const waiting = (Math.max(0, from.linkFreeUs - nowUs) * parameters.bandwidthBytes) / 1_000_000
    if (waiting + frame.length > limits.sendQueueBytes) {
      this.traffic.lost++
      return
    }
    const sendUs = (frame.length * 1_000_000) / parameters.bandwidthBytes
    from.linkFreeUs = Math.max(from.linkFreeUs, nowUs) + sendUs
    const queued = ((from.linkFreeUs - nowUs) * parameters.bandwidthBytes) / 1_000_000
    if (queued > this.traffic.queuedBytesMax) this.traffic.queuedBytesMax = Math.round(queued)
    const stream = `${from.index}/${channel}`
    let arrivalUs = from.linkFreeUs + this.delayUs(from, to) + this.chance.exponential(parameters.handleUs)
    if (overtakes) arrivalUs += this.delayUs(from, to) * this.chance.int(1, 4)
    else {
      arrivalUs = Math.max(arrivalUs, to.lastUs.get(stream) ?? 0)
      to.lastUs.set(stream, arrivalUs)
    }
    const arrived = (events: NetworkEvents): void => {
      this.gossip.before(to, frame)
      events.message(from.key, channel, frame)
    }
    this.#tell(to, arrived, arrivalUs - nowUs)
  }
}

/** The Network port of one peer. */
class PeerNetwork implements Network {
  readonly self: PeerKey
  readonly #net: SimNetwork
  readonly #endpoint: Endpoint

  constructor(net: SimNetwork, endpoint: Endpoint) {
    this.#net = net
    this.#endpoint = endpoint
    this.self = endpoint.key
  }

  async start(events: NetworkEvents): Promise<void> {
    this.#endpoint.events = events
    this.#endpoint.life++
    this.#endpoint.startedUs = this.#net.time.nowUs
    this.#net.gossip.begin(this.#endpoint)
  }

  async stop(): Promise<void> {
    this.#endpoint.events = undefined
    this.#net.drop(this.#endpoint)
  }

  send(to: PeerKey, channel: Channel, frame: Uint8Array): boolean {
    const endpoint = this.#net.find(to)
    if (endpoint === undefined || this.#endpoint.events === undefined) return false
    this.#net.send({ from: this.#endpoint, to: endpoint, channel, frame })
    return true
  }

  publish(topic: string, data: Uint8Array): void {
    if (this.#endpoint.events !== undefined) this.#net.publish(this.#endpoint, topic, data)
  }

  subscribe(): void {}

  connections(): readonly PeerKey[] {
    return [...this.#endpoint.connected].map((index) => at(this.#net.endpoints, index).key).sort()
  }

  addresses(): readonly string[] {
    return []
  }

  addAddress(): void {}

  setStanding(): void {}

  recordOffence(peer: PeerKey, offence: Offence): void {
    this.#net.offences.push({ by: this.self, peer, offence })
  }

  dhtPut(key: string, value: Uint8Array): Promise<number> {
    return this.#net.dht.put(this.#endpoint, key, value)
  }

  dhtGet(key: string): Promise<Uint8Array | undefined> {
    return this.#net.dht.get(this.#endpoint, key)
  }
}
