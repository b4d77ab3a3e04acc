/**
 * The simulated network: connections, delays by region, bandwidth, and what can go wrong with a frame. Frames of one connection and
 * channel arrive in order, as over a stream, unless a fault says otherwise.
 */
import type { Channel, Network, NetworkEvents } from '#node/ports/network.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { Gossip } from './gossip.ts'
import { parameters, regions } from './parameters.ts'
import { at, type Chance } from './random.ts'
import type { Timeline } from './timeline.ts'

/** What the network does wrong at the moment. */
export interface NetworkFaults {
  lossPpm: number
  duplicatePpm: number
  reorderPpm: number
  /** Times the usual delay. */
  delayTimes: number
  /** True if nothing gets from one peer (by index) to another. */
  blocked: (from: number, to: number) => boolean
}

/** One peer on the network. */
export interface Place {
  readonly key: PeerKey
  readonly index: number
  /** Index into `regions`. */
  readonly region: number
  /** `undefined` while the peer is down. */
  events: NetworkEvents | undefined
  /** Grows with each start, so that what was meant for an earlier life is dropped. */
  life: number
  startedUs: number
  /** Gossip from this number on has not been handed over yet. */
  heardTo: number
  /** True if an offer may change what this peer does: it keeps a log with an open job. */
  decides: () => boolean
  readonly connected: Set<number>
  /** When its link is free again. */
  linkFreeUs: number
  /** Last arrival by sender and channel: later frames arrive after it. */
  readonly lastUs: Map<string, number>
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

export class Internet {
  readonly places: Place[] = []
  readonly traffic: Traffic = { frames: 0, bytes: 0, lost: 0, gossiped: 0, queuedBytesMax: 0 }
  readonly faults: NetworkFaults = {
    lossPpm: 0,
    duplicatePpm: 0,
    reorderPpm: 0,
    delayTimes: 1,
    blocked: () => false,
  }
  readonly time: Timeline
  readonly chance: Chance
  readonly seed: number
  readonly gossip: Gossip
  readonly #byKey = new Map<PeerKey, Place>()
  readonly #slow = new Map<number, number>()

  constructor(time: Timeline, chance: Chance, seed: number) {
    this.time = time
    this.chance = chance
    this.seed = seed
    this.gossip = new Gossip(this)
  }

  join(key: PeerKey, region: number): Network {
    const index = this.places.length
    const place: Place = {
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
    this.places.push(place)
    this.#byKey.set(key, place)
    return new PeerNetwork(this, place)
  }

  find(key: PeerKey): Place | undefined {
    return this.#byKey.get(key)
  }

  /** One-way delay without queueing, microseconds, with jitter. */
  delayUs(from: Place, to: Place): number {
    const base = this.linkUs(from, to)
    const jitter = (base * this.chance.int(0, parameters.jitterPpm)) / 1_000_000
    return (base + jitter) * this.faults.delayTimes * this.slowness(from, to)
  }

  /** One-way delay between two regions, microseconds, without anything that varies. */
  linkUs(from: Place, to: Place): number {
    const ms = at(at<readonly number[]>(regions.oneWayMs, from.region), to.region)
    return Math.max(parameters.localOneWayUs, ms * 1_000)
  }

  /** Times the usual delay between two peers. */
  slowness(from: Place, to: Place): number {
    return Math.max(this.#slow.get(from.index) ?? 1, this.#slow.get(to.index) ?? 1)
  }

  /** Everything from and to a peer takes so many times longer; 1: as usual. */
  slow(index: number, times: number): void {
    if (times === 1) this.#slow.delete(index)
    else this.#slow.set(index, times)
  }

  send(from: Place, to: Place, channel: Channel, frame: Uint8Array): void {
    this.traffic.frames++
    this.traffic.bytes += frame.length
    if (!from.connected.has(to.index)) this.#dial(from, to)
    const { lossPpm, duplicatePpm, reorderPpm } = this.faults
    if (lossPpm > 0 && this.chance.ppm(lossPpm)) {
      this.traffic.lost++
      return
    }
    this.#deliver(from, to, channel, frame, reorderPpm > 0 && this.chance.ppm(reorderPpm))
    if (duplicatePpm > 0 && this.chance.ppm(duplicatePpm)) this.#deliver(from, to, channel, frame, true)
  }

  publish(from: Place, topic: string, data: Uint8Array): void {
    this.traffic.gossiped++
    this.gossip.publish(from, topic, data)
  }

  /** Opens a connection; both sides hear of it. */
  connect(a: Place, b: Place): void {
    if (a.connected.has(b.index) || a === b || a.events === undefined || b.events === undefined) return
    a.connected.add(b.index)
    b.connected.add(a.index)
    this.#greet(a, b)
    this.#greet(b, a)
  }

  #greet(to: Place, other: Place): void {
    const greeted = (events: NetworkEvents): void => {
      this.gossip.beforeGreeting(to, other)
      events.connected(other.key)
    }
    this.#tell(to, greeted, this.delayUs(to, other))
  }

  /** A peer's connections end: it went away, or its machine did. */
  drop(place: Place): void {
    for (const index of place.connected) {
      const other = at(this.places, index)
      other.connected.delete(place.index)
      this.#tell(other, (events) => events.disconnected(place.key), parameters.disconnectNoticedUs)
    }
    place.connected.clear()
    place.lastUs.clear()
  }

  /** Connections across a cut end at both sides. */
  cut(isCut: (a: number, b: number) => boolean): void {
    for (const place of this.places) {
      for (const index of [...place.connected]) {
        if (index < place.index || !isCut(place.index, index)) continue
        const other = at(this.places, index)
        place.connected.delete(index)
        other.connected.delete(place.index)
        this.#tell(other, (events) => events.disconnected(place.key), parameters.disconnectNoticedUs)
        this.#tell(place, (events) => events.disconnected(other.key), parameters.disconnectNoticedUs)
      }
    }
  }

  /** Carries `act` out at `place` after `delayUs`, if it is still in the same life. */
  #tell(place: Place, act: (events: NetworkEvents) => void, delayUs: number): void {
    const { life } = place
    this.time.after(delayUs, () => {
      if (place.events !== undefined && place.life === life) act(place.events)
    })
  }

  #dial(from: Place, to: Place): void {
    if (to.events === undefined || this.faults.blocked(from.index, to.index)) return
    from.linkFreeUs = Math.max(from.linkFreeUs, this.time.nowUs)
    const stream = `${from.index}/control`
    const readyUs = this.time.nowUs + 2 * parameters.dialRoundTrips * this.delayUs(from, to)
    to.lastUs.set(stream, Math.max(to.lastUs.get(stream) ?? 0, readyUs))
    this.connect(from, to)
  }

  #deliver(from: Place, to: Place, channel: Channel, frame: Uint8Array, overtakes: boolean): void {
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
  readonly #net: Internet
  readonly #place: Place

  constructor(net: Internet, place: Place) {
    this.#net = net
    this.#place = place
    this.self = place.key
  }

  async start(events: NetworkEvents): Promise<void> {
    this.#place.events = events
    this.#place.life++
    this.#place.startedUs = this.#net.time.nowUs
    this.#net.gossip.begin(this.#place)
  }

  async stop(): Promise<void> {
    this.#place.events = undefined
    this.#net.drop(this.#place)
  }

  send(to: PeerKey, channel: Channel, frame: Uint8Array): boolean {
    const place = this.#net.find(to)
    if (place === undefined || this.#place.events === undefined) return false
    this.#net.send(this.#place, place, channel, frame)
    return true
  }

  publish(topic: string, data: Uint8Array): void {
    if (this.#place.events !== undefined) this.#net.publish(this.#place, topic, data)
  }

  subscribe(): void {}

  connections(): readonly PeerKey[] {
    return [...this.#place.connected].map((index) => at(this.#net.places, index).key).sort()
  }

  addresses(): readonly string[] {
    return []
  }

  addAddress(): void {}

  async dhtPut(): Promise<number> {
    return 0
  }

  async dhtGet(): Promise<undefined> {
    return undefined
  }
}
