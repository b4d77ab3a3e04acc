/**
 * The `Network` port on libp2p: TCP, noise, yamux; warm framed streams, gossipsub, a Kademlia DHT. Import it lazily:
 * libp2p takes a second to load.
 */
import './polyfill.ts'
import type { Network, NetworkEvents, Offence, Standing } from '#node/ports/network.ts'
import { WeftError } from '#protocol/errors.ts'
import { type PeerKey, signerFromSeed } from '#protocol/wire/keys.ts'
import { Addresses } from './addresses.ts'
import { Gossip } from './gossip.ts'
import { type Counters, PeerGuard } from './guard.ts'
import { createHost, type Host } from './host.ts'
import { keyOfPeer, peerOfKey } from './identity.ts'
import { Liveness } from './liveness.ts'
import { RecordGuard, Records } from './records.ts'
import { bounds, type Libp2pSettings, networkHash } from './settings.ts'
import { Streams } from './streams.ts'

/** The port, and what was counted on the way. */
export interface Libp2pNetwork extends Network {
  readonly counters: Readonly<Counters>
}

/** Makes a peer's network; nothing happens before `start`, which rejects with PORT_IN_USE if it cannot listen. */
export function createLibp2pNetwork(settings: Libp2pSettings): Libp2pNetwork {
  return new Adapter(settings)
}

interface Running {
  readonly host: Host
  readonly streams: Streams
  readonly gossip: Gossip
  readonly records: Records
  readonly addresses: Addresses
  readonly liveness: Liveness
}

class Adapter implements Libp2pNetwork {
  readonly self: PeerKey
  readonly #settings: Libp2pSettings
  readonly #guard: PeerGuard
  readonly #topics = new Set<string>()
  #starting: Promise<void> | undefined
  #running: Running | undefined

  constructor(settings: Libp2pSettings) {
    this.#settings = settings
    this.#guard = new PeerGuard(settings.now)
    this.self = signerFromSeed(settings.seed).key
  }

  get counters(): Readonly<Counters> {
    return this.#guard.counters
  }

  start(events: NetworkEvents): Promise<void> {
    this.#starting ??= this.#start(events)
    return this.#starting
  }

  async stop(): Promise<void> {
    await this.#starting?.catch(() => undefined)
    const running = this.#running
    this.#running = undefined
    this.#starting = undefined
    if (running === undefined) return
    running.liveness.stop()
    await running.addresses.stop()
    running.streams.stop()
    await running.host.stop()
  }

  send(to: PeerKey, channel: 'control' | 'bulk', frame: Uint8Array): boolean {
    return this.#running?.streams.send(to, channel, frame) ?? false
  }

  publish(topic: string, data: Uint8Array): void {
    this.#running?.gossip.publish(topic, data)
  }

  subscribe(topic: string): void {
    this.#topics.add(topic)
    this.#running?.gossip.subscribe(topic)
  }

  connections(): readonly PeerKey[] {
    const keys = this.#running?.host.getPeers().map(keyOfPeer) ?? []
    return keys.filter((key) => key !== undefined).sort()
  }

  addresses(): readonly string[] {
    return this.#running?.host.getMultiaddrs().map(String) ?? []
  }

  addAddress(address: string): void {
    this.#running?.addresses.add(address, false)
  }

  setStanding(peer: PeerKey, standing: Standing): void {
    this.#guard.setStanding(peer, standing)
    this.#running?.streams.standingChanged(peer)
  }

  recordOffence(peer: PeerKey, offence: Offence): void {
    this.#settings.log.debug({ peer, offence }, 'an offence of a peer')
    this.#guard.recordOffence(peer)
  }

  async dhtPut(key: string, value: Uint8Array, { signal }: { signal: AbortSignal }): Promise<number> {
    return this.#running?.records.put(key, value, signal) ?? 0
  }

  async dhtGet(key: string, { signal }: { signal: AbortSignal }): Promise<Uint8Array | undefined> {
    return this.#running?.records.get(key, signal)
  }

  async #start(events: NetworkEvents): Promise<void> {
    const { log } = this.#settings
    const hash = networkHash(this.#settings.networkId)
    const guard = this.#guard
    const recordGuard = new RecordGuard({ ...this.#settings, guard })
    const host = await createHost({ settings: this.#settings, hash, guard, records: recordGuard })
    const { gossip: pubsub, dht } = host.services
    guard.onBar = (peer, forMs) => {
      log.warn({ peer, forMs }, 'peer barred')
      for (const connection of host.getConnections(peerOfKey(peer))) connection.abort(new Error('barred'))
    }
    const streams = new Streams({ node: host, self: this.self, hash, events, guard, log })
    const gossip = new Gossip({ pubsub, hash, log })
    const records = new Records({ dht, guard: recordGuard, log })
    const addresses = new Addresses({ node: host, log, cache: this.#settings.cachedPeers })
    host.addEventListener('peer:connect', ({ detail }) => {
      const peer = keyOfPeer(detail)
      if (peer === undefined) return
      events.connected(peer)
      streams.connected(peer)
    })
    host.addEventListener('peer:disconnect', ({ detail }) => {
      const peer = keyOfPeer(detail)
      if (peer !== undefined) events.disconnected(peer)
    })
    await streams.start()
    gossip.start(events, guard)
    await listen(host)
    const everyMs = this.#settings.probeEveryMs ?? bounds.probeEveryMs
    const liveness = new Liveness({ node: host, log, everyMs })
    liveness.start()
    this.#running = { host, streams, gossip, records, addresses, liveness }
    for (const topic of this.#topics) gossip.subscribe(topic)
    await addresses.start(this.#settings)
  }
}

async function listen(host: Host): Promise<void> {
  try {
    await host.start()
  } catch (cause) {
    await host.stop()
    throw new WeftError('PORT_IN_USE', `cannot listen: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}
