/** A hostile peer on the real adapter, with a key of its own: it says what it likes, in frames of the real protocol. */
import { createLibp2pNetwork, type Libp2pNetwork } from '#node/adapters/network/network.ts'
import type { Log } from '#node/ports/log.ts'
import type { Channel } from '#node/ports/network.ts'
import { decodeFrame, encodeFrame, type Frame } from '#protocol/messages/frame.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { type PeerKey, type Signer, signerFromSeed } from '#protocol/wire/keys.ts'
import type { Briefing } from '../orders.ts'
import type { Weapon } from './weapon.ts'

const CONNECT_MS = 30_000
/** Answers larger than this are counted and not read. */
const READ_BYTES_MAX = 65_536

const nothing = (): void => undefined
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent }

/** Connected with every daemon, and with the poster if it is asked to be. */
export class Client {
  readonly briefing: Briefing
  readonly domain: Uint8Array
  /** Who it is, then the other members that it speaks for. */
  readonly signers: readonly Signer[]
  readonly daemons: readonly PeerKey[]
  /** What it was answered, as far as that is small. */
  readonly listeners = new Set<(from: PeerKey, frame: Frame) => void>()
  readonly #network: Libp2pNetwork
  readonly #tally = { sent: 0, sentBytes: 0, dropped: 0, backBytes: 0 }

  private constructor(briefing: Briefing, bootstrap: readonly string[]) {
    this.briefing = briefing
    this.domain = networkDomain(briefing.networkId)
    const seeds = briefing.seeds.map((seed) => new Uint8Array(Buffer.from(seed, 'base64')))
    this.signers = seeds.map(signerFromSeed)
    this.daemons = briefing.daemons.map(({ peer }) => peer)
    this.#network = createLibp2pNetwork({
      seed: seeds[0] ?? new Uint8Array(32),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap,
      cachedPeers: { load: async () => [], save: async () => undefined },
      mdns: false,
      networkId: briefing.networkId,
      sequences: { get: async () => undefined, set: async () => undefined },
      validate: () => true,
      log: silent,
    })
  }

  static async connect(briefing: Briefing, { withPoster = false } = {}): Promise<Client> {
    const targets = [...briefing.daemons, ...(withPoster ? [briefing.poster] : [])]
    const client = new Client(
      briefing,
      targets.flatMap(({ addresses }) => addresses),
    )
    await client.#start(targets.map(({ peer }) => peer))
    return client
  }

  get signer(): Signer {
    const [first] = this.signers
    if (first === undefined) throw new Error('a client has a key')
    return first
  }

  /** Sends one frame to each of `to`; bytes go out as they are. */
  send(frame: Frame | Uint8Array, to: readonly PeerKey[] = this.daemons, channel: Channel = 'control'): void {
    const bytes = frame instanceof Uint8Array ? frame : encodeFrame(frame)
    for (const peer of to) {
      if (this.#network.send(peer, channel, bytes)) {
        this.#tally.sent++
        this.#tally.sentBytes += bytes.length
      } else this.#tally.dropped++
    }
  }

  tally(): ReturnType<Weapon['tally']> {
    const connected = new Set(this.#network.connections())
    return { ...this.#tally, barredBy: this.daemons.filter((peer) => !connected.has(peer)).length }
  }

  stop(): Promise<void> {
    return this.#network.stop()
  }

  async #start(targets: readonly PeerKey[]): Promise<void> {
    await this.#network.start({
      message: (from, _channel, bytes) => this.#hear(from, bytes),
      gossip: nothing,
      connected: nothing,
      disconnected: nothing,
    })
    // It reads as much as it is sent.
    for (const peer of targets) this.#network.setStanding(peer, 'witness')
    const lastMs = performance.now() + CONNECT_MS
    while (!targets.every((peer) => this.#network.connections().includes(peer))) {
      if (performance.now() > lastMs) throw new Error('not every peer could be reached')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  #hear(from: PeerKey, bytes: Uint8Array): void {
    this.#tally.backBytes += bytes.length
    if (bytes.length > READ_BYTES_MAX || this.listeners.size === 0) return
    const frame = decodeFrame(bytes)
    if (frame !== undefined) for (const listener of this.listeners) listener(from, frame)
  }
}

/** The parts of a weapon that a client gives. */
export function clientParts(client: Client): Pick<Weapon, 'tally' | 'stop'> {
  return { tally: () => client.tally(), stop: () => client.stop() }
}
