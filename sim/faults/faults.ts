/**
 * Carries faults out on the timeline: each is switched on and off at its times; everything is healed when the faults
 * end.
 */
import { decodeFrame } from '#protocol/messages/frame.ts'
import type { Fault, Scenario } from '../scenario.ts'
import type { SimPeer } from '../world/peer.ts'
import { type Chance, chanceFrom } from '../world/random.ts'
import type { World } from '../world/world.ts'

interface Cut {
  readonly peers: ReadonlySet<number>
  readonly oneway: boolean
  readonly bridge: number | undefined
}

/** So often a message that peers crash on does make its sender crash. */
const CRASH_POINT_PPM = 100_000
/** How long after a heal the mesh is connected again. */
const RECONNECT_US = 100_000

export class Faults {
  readonly #world: World
  readonly #cuts = new Set<Cut>()
  /** How many faults keep each peer down now. */
  readonly #down = new Map<number, number>()
  readonly #posters = new Map<Fault, number>()
  /** Delays that are on: the longest counts, or several would keep frames on their way until long after they end. */
  readonly #delays: number[] = []
  /** What peers crash on now, and how often that happens yet. */
  readonly #crashPoints = new Map<Extract<Fault, { kind: 'crash-on' }>, number>()

  constructor(world: World) {
    this.#world = world
    world.net.faults.blocked = (from, to) => this.#isBlocked(from, to)
    const chance = chanceFrom(world.seed, 'traps')
    world.observers.push({ sent: (peer, frame) => this.#crashAfter(peer, frame, chance) })
  }

  /** Puts `faults` on the timeline. */
  schedule(faults: readonly Fault[], scenario: Scenario): void {
    const { time } = this.#world
    for (const fault of faults) {
      time.at(fault.at * 1_000, () => this.#switch(fault, true))
      time.at((fault.until ?? scenario.for) * 1_000, () => this.#switch(fault, false))
    }
  }

  #switch(fault: Fault, on: boolean): void {
    for (const observer of this.#world.observers) observer.fault?.(fault, on)
    if (on) this.#begin(fault)
    else this.#end(fault)
  }

  #begin(fault: Fault): void {
    const world = this.#world
    const { net, chain } = world
    switch (fault.kind) {
      case 'crash':
        this.#crash(fault.peer)
        break
      case 'crash-on':
        this.#crashPoints.set(fault, fault.times)
        break
      case 'pause':
        world.peer(this.#index(fault.peer)).pause(((fault.until ?? fault.at + 1_000) - fault.at) * 1_000)
        break
      case 'loss':
        net.faults.lossPpm += fault.ppm
        break
      case 'duplicate':
        net.faults.duplicatePpm += fault.ppm
        break
      case 'reorder':
        net.faults.reorderPpm += fault.ppm
        break
      case 'delay':
        this.#delays.push(fault.times)
        net.faults.delayTimes = Math.max(1, ...this.#delays)
        break
      case 'partition':
        this.#cuts.add(this.#cutOf(fault))
        net.cut((a, b) => this.#isBlocked(a, b) || this.#isBlocked(b, a))
        break
      case 'clock-jump':
        world.peer(this.#index(fault.peer)).clock.skewMs += fault.byMs
        break
      case 'slow-disk':
        world.peer(this.#index(fault.peer)).disk.faults.slowness *= fault.times
        break
      case 'disk-fails':
        world.peer(this.#index(fault.peer)).disk.faults.broken = true
        break
      case 'disk-lies':
        world.peer(this.#index(fault.peer)).disk.faults.lying = true
        break
      case 'disk-wiped':
        this.#crash(fault.peer)
        world.peer(this.#index(fault.peer)).disk.wipe()
        break
      case 'clock-freeze':
        world.peer(this.#index(fault.peer)).clock.freeze()
        break
      case 'slow-link':
        net.slow(this.#index(fault.peer), fault.times)
        break
      case 'churn':
        this.#churn(fault, fault.until ?? this.#world.scenario.for)
        break
      case 'exodus':
        for (const index of this.#leavers(fault)) this.#crash(index)
        break
      case 'poster-gone':
        this.#posterGone(fault)
        break
      case 'chain-stall':
        chain.stalled = true
        break
      case 'chain-loss':
        chain.lossPpm = fault.ppm
        break
      case 'chain-duplicate':
        chain.duplicatePpm = fault.ppm
        break
      case 'chain-rollback':
        chain.rollBack()
        break
      case 'epoch':
        this.#nextEpoch()
        break
      case 'temper':
        world.peer(this.#index(fault.peer)).temper = fault.temper
        break
      default:
        fault satisfies never
    }
  }

  #end(fault: Fault): void {
    const world = this.#world
    const { net, chain } = world
    switch (fault.kind) {
      case 'crash':
        this.#revive(fault.peer)
        break
      case 'crash-on':
        this.#crashPoints.delete(fault)
        break
      case 'loss':
        net.faults.lossPpm -= fault.ppm
        break
      case 'duplicate':
        net.faults.duplicatePpm -= fault.ppm
        break
      case 'reorder':
        net.faults.reorderPpm -= fault.ppm
        break
      case 'delay':
        this.#delays.splice(this.#delays.indexOf(fault.times), 1)
        net.faults.delayTimes = Math.max(1, ...this.#delays)
        break
      case 'partition':
        this.#heal(fault)
        break
      case 'clock-jump':
        world.peer(this.#index(fault.peer)).clock.skewMs -= fault.byMs
        break
      case 'slow-disk':
        world.peer(this.#index(fault.peer)).disk.faults.slowness /= fault.times
        break
      case 'disk-fails':
        this.#repairDisk(fault.peer)
        break
      case 'disk-lies':
        world.peer(this.#index(fault.peer)).disk.faults.lying = false
        break
      case 'disk-wiped':
        this.#revive(fault.peer)
        break
      case 'clock-freeze':
        world.peer(this.#index(fault.peer)).clock.thaw()
        break
      case 'slow-link':
        net.slow(this.#index(fault.peer), 1)
        break
      case 'exodus':
        for (const index of this.#leavers(fault)) this.#revive(index)
        break
      case 'poster-gone':
        if (this.#posters.get(fault) !== undefined && fault.until !== undefined)
          this.#revive(this.#posters.get(fault) ?? 0)
        break
      case 'chain-stall':
        chain.resume()
        break
      case 'chain-loss':
        chain.lossPpm = 0
        break
      case 'chain-duplicate':
        chain.duplicatePpm = 0
        break
      case 'temper':
        world.peer(this.#index(fault.peer)).temper = 'honest'
        break
      case 'pause':
      case 'epoch':
      case 'churn':
      case 'chain-rollback':
        break
      default:
        fault satisfies never
    }
  }

  /**
   * A crash between two steps of the protocol, where one at a drawn time hardly ever falls: once everybody was sent the
   * message.
   */
  #crashAfter(peer: SimPeer, bytes: Uint8Array, chance: Chance): void {
    if (this.#crashPoints.size === 0 || !peer.up) return
    const frame = decodeFrame(bytes)
    for (const [fault, left] of this.#crashPoints) {
      if (frame?.type !== 'agreement' || frame.message.type !== fault.message || !chance.ppm(CRASH_POINT_PPM)) continue
      if (left <= 1) this.#crashPoints.delete(fault)
      else this.#crashPoints.set(fault, left - 1)
      const { index } = peer.options
      const { time } = this.#world
      time.after(1, () => this.#crash(index))
      time.after(fault.backMs * 1_000, () => this.#revive(index))
      return
    }
  }

  /** One peer after another crashes and comes back two to ten seconds later. */
  #churn({ at, share }: Extract<Fault, { kind: 'churn' }>, untilMs: number): void {
    const { peers, seed, time } = this.#world
    const chance = chanceFrom(seed, `churn ${at}`)
    const everyMs = 60_000 / Math.max(0.01, share * peers.length)
    for (let leaveMs = at + chance.exponential(everyMs); leaveMs < untilMs; leaveMs += chance.exponential(everyMs)) {
      const index = chance.int(0, peers.length - 1)
      const backMs = Math.min(untilMs, leaveMs + chance.int(2_000, 10_000))
      time.at(leaveMs * 1_000, () => this.#crash(index))
      time.at(backMs * 1_000, () => this.#revive(index))
    }
  }

  #leavers({ at, share }: Extract<Fault, { kind: 'exodus' }>): number[] {
    const { peers, seed } = this.#world
    const all = peers.map((_, index) => index)
    return chanceFrom(seed, `exodus ${at}`).sample(all, Math.floor(share * peers.length))
  }

  #posterGone(fault: Fault): void {
    const open = [...this.#world.client.jobs.values()].find(
      (job) => job.acknowledgedMs !== undefined && job.closedMs === undefined,
    )
    if (open === undefined || open.poster < 0) return
    this.#posters.set(fault, open.poster)
    this.#crash(open.poster)
  }

  #index(peer: number): number {
    return peer % this.#world.peers.length
  }

  #crash(number: number): void {
    const index = this.#index(number)
    this.#down.set(index, (this.#down.get(index) ?? 0) + 1)
    if (this.#world.peer(index).up) this.#world.peer(index).crash()
  }

  #revive(number: number): void {
    const index = this.#index(number)
    const left = (this.#down.get(index) ?? 1) - 1
    this.#down.set(index, left)
    if (left <= 0) this.#world.restart(index)
  }

  /** The process may have ended because of its disk: it gets a working one with what was durable, and starts again. */
  #repairDisk(number: number): void {
    const peer = this.#world.peer(this.#index(number))
    peer.disk.faults.broken = false
    if ((this.#down.get(peer.options.index) ?? 0) <= 0) this.#world.restart(peer.options.index)
  }

  #cutOf(fault: Extract<Fault, { kind: 'partition' }>): Cut {
    const { peers, oneway, bridge } = fault
    return {
      peers: new Set(peers.map((peer) => this.#index(peer))),
      oneway,
      bridge: bridge === undefined ? undefined : this.#index(bridge),
    }
  }

  #heal(fault: Extract<Fault, { kind: 'partition' }>): void {
    const [first] = [...this.#cuts].filter((cut) => sameCut(cut, this.#cutOf(fault)))
    if (first !== undefined) this.#cuts.delete(first)
    this.#world.time.after(RECONNECT_US, () => {
      for (const peer of this.#world.peers) if (peer.up) this.#world.connectMesh(peer)
    })
  }

  #isBlocked(from: number, to: number): boolean {
    for (const { peers, oneway, bridge } of this.#cuts) {
      if (from === bridge || to === bridge || peers.has(from) === peers.has(to)) continue
      if (!oneway || peers.has(from)) return true
    }
    return false
  }

  /** Every peer learns of the next epoch at its own time, within two seconds. */
  #nextEpoch(): void {
    const { chain, time, peers, net } = this.#world
    chain.nextEpoch()
    const { epoch } = chain
    for (const peer of peers) {
      time.after(net.chance.int(0, 2_000_000), () => {
        peer.ledger.seen = Math.max(peer.ledger.seen, epoch)
        if (peer.up) peer.dispatch({ type: 'ledger' })
      })
    }
  }
}

function sameCut(a: Cut, b: Cut): boolean {
  return a.oneway === b.oneway && a.bridge === b.bridge && [...a.peers].join() === [...b.peers].join()
}
