/**
 * Whom to be connected with: bootstrap peers, cached ones, and those that were discovered. Lost connections are dialled
 * again.
 */
import type { Libp2p, PeerId } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { atMost } from '#node/ports/at-most.ts'
import type { Log } from '#node/ports/log.ts'
import { Backoff } from './backoff.ts'
import { peerOfAddress } from './identity.ts'
import { bounds, type CachedPeers, type Libp2pSettings } from './settings.ts'

interface Known {
  /** Name for the map: the peer id, or the address where the peer is not named. */
  readonly name: string
  readonly peer: PeerId | undefined
  readonly addresses: Multiaddr[]
  readonly lasting: boolean
  readonly backoff: Backoff
  timer: NodeJS.Timeout | undefined
}

/** Keeps this peer connected to those it knows. */
export class Addresses {
  readonly #node: Libp2p
  readonly #log: Log
  readonly #cache: CachedPeers
  readonly #known = new Map<string, Known>()
  readonly #stopped = new AbortController()
  #saving: NodeJS.Timeout | undefined
  #warned = false

  constructor(parts: { node: Libp2p; log: Log; cache: CachedPeers }) {
    this.#node = parts.node
    this.#log = parts.log
    this.#cache = parts.cache
  }

  /** Starts dialling in the background; resolves at once, whether or not anyone answers. */
  async start(settings: Libp2pSettings): Promise<void> {
    this.#node.addEventListener('peer:discovery', ({ detail }) => {
      for (const address of detail.multiaddrs) this.#learn(withPeer(address, detail.id), false)
    })
    this.#node.addEventListener('peer:connect', ({ detail }) => this.#connected(detail))
    this.#node.addEventListener('peer:disconnect', ({ detail }) => this.#lost(detail))
    this.#node.addEventListener('peer:identify', () => this.#saveSoon())
    for (const address of settings.bootstrap) this.add(address, true)
    const cached = await this.#cache.load().catch((cause: unknown) => {
      this.#log.warn({ err: cause }, 'cached addresses unreadable')
      return []
    })
    for (const address of cached) this.add(address, false)
  }

  /** Writes the cache a last time. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    clearTimeout(this.#saving)
    for (const known of this.#known.values()) clearTimeout(known.timer)
    await this.#save()
  }

  /** Adds an address to dial and, if it is `lasting`, never to forget. Malformed ones are logged and left out. */
  add(address: string, lasting: boolean): void {
    try {
      this.#learn(multiaddr(address), lasting)
    } catch (cause) {
      this.#log.warn({ address, err: cause }, 'address malformed')
    }
  }

  #learn(address: Multiaddr, lasting: boolean): void {
    const peer = peerOfAddress(address)
    if (peer?.equals(this.#node.peerId) === true) {
      this.#ourselves(address)
      return
    }
    const name = peer?.toString() ?? address.toString()
    const known = this.#known.get(name)
    if (known !== undefined) {
      if (!known.addresses.some((one) => one.equals(address))) known.addresses.unshift(address)
      // The newest are most likely right; the first one was given by the user.
      if (known.addresses.length > bounds.addressesPerPeer) known.addresses.splice(-2, 1)
      if (known.timer === undefined) this.#dial(known)
      return
    }
    if (this.#known.size >= bounds.knownPeers && !lasting && !this.#makeRoom()) return
    const fresh: Known = { name, peer, addresses: [address], lasting, backoff: new Backoff(), timer: undefined }
    this.#known.set(name, fresh)
    this.#dial(fresh)
  }

  /** Forgets a peer that does not answer, so that made-up addresses do not keep real ones out. */
  #makeRoom(): boolean {
    for (const known of this.#known.values()) {
      if (known.lasting || known.backoff.failures === 0 || this.#isConnected(known)) continue
      clearTimeout(known.timer)
      return this.#known.delete(known.name)
    }
    return false
  }

  /** Two peers with one key cannot both be reached, and their votes would contradict each other. */
  #ourselves(address: Multiaddr): void {
    const ours = this.#node.getMultiaddrs().some((one) => one.toString() === address.toString())
    if (ours || this.#warned) return
    this.#warned = true
    this.#log.warn({ address: address.toString() }, 'another peer may be using our key: stop one of the two')
  }

  /** A background task that never throws. */
  #dial(known: Known): void {
    if (this.#stopped.signal.aborted || this.#isConnected(known)) return
    const dial = (signal: AbortSignal): Promise<unknown> => this.#node.dial(known.addresses, { signal })
    atMost(bounds.openTimeoutMs, this.#stopped.signal, dial).then(
      () => known.backoff.reset(),
      (cause: unknown) => this.#later(known, cause),
    )
  }

  #later(known: Known, cause: unknown): void {
    if (this.#stopped.signal.aborted || this.#isConnected(known)) return
    const pauseMs = known.backoff.failed()
    this.#log.debug({ peer: known.name, pauseMs, err: cause }, 'known peer not reached')
    if (!known.lasting && known.backoff.failures >= bounds.dialsBeforeForgetting) {
      this.#known.delete(known.name)
      return
    }
    clearTimeout(known.timer)
    known.timer = setTimeout(() => {
      known.timer = undefined
      this.#dial(known)
    }, pauseMs).unref()
  }

  #isConnected(known: Known): boolean {
    const { peer } = known
    if (peer !== undefined) return this.#node.getConnections(peer).length > 0
    return this.#node
      .getConnections()
      .some(({ remoteAddr }) => known.addresses.some((one) => remoteAddr.toString().startsWith(one.toString())))
  }

  #connected(peer: PeerId): void {
    const known = this.#known.get(peer.toString())
    if (known === undefined) return
    known.backoff.reset()
    clearTimeout(known.timer)
    known.timer = undefined
  }

  #lost(peer: PeerId): void {
    const known = this.#known.get(peer.toString())
    for (const one of this.#known.values()) {
      if (one === known || one.peer === undefined) this.#later(one, 'connection lost')
    }
  }

  #saveSoon(): void {
    if (this.#saving !== undefined || this.#stopped.signal.aborted) return
    this.#saving = setTimeout(() => {
      this.#saving = undefined
      void this.#save()
    }, bounds.saveEveryMs).unref()
  }

  /** Never throws. */
  async #save(): Promise<void> {
    try {
      const peers = await this.#node.peerStore.all({
        limit: bounds.knownPeers,
        filters: [(peer) => peer.addresses.length > 0],
      })
      const addresses = peers.flatMap((peer) =>
        peer.addresses.slice(0, 4).map(({ multiaddr: one }) => withPeer(one, peer.id).toString()),
      )
      if (addresses.length > 0) await this.#cache.save(addresses)
    } catch (cause) {
      this.#log.warn({ err: cause }, 'cached addresses not saved')
    }
  }
}

function withPeer(address: Multiaddr, peer: PeerId): Multiaddr {
  return peerOfAddress(address) === undefined ? address.encapsulate(`/p2p/${peer.toString()}`) : address
}
