/**
 * The libp2p node: which transports and services, with which bounds. Everything here speaks the standard wire; Go peers
 * take part.
 */
import './polyfill.ts'
import './window-updates.ts'
import { noise } from '@chainsafe/libp2p-noise'
import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, ConnectionGater, PeerId } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { WINDOW_BYTES } from './budgets.ts'
import { gossipService } from './gossip.ts'
import type { PeerGuard } from './guard.ts'
import { keyOfPeer } from './identity.ts'
import { metered } from './metered.ts'
import { recordService } from './record-service.ts'
import type { RecordGuard } from './records.ts'
import { bounds, type Libp2pSettings } from './settings.ts'

/** What the node's services are made of. */
export interface HostParts {
  readonly settings: Libp2pSettings
  readonly hash: string
  readonly guard: PeerGuard
  readonly records: RecordGuard
}

/** Builds the node; it does not listen yet. */
export async function createHost(parts: HostParts) {
  const { settings, hash, guard } = parts
  let connections: () => readonly Connection[] = () => []
  const node = await createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', settings.seed),
    addresses: { listen: [...settings.listen] },
    transports: [
      tcp({ dialOpts: { noDelay: true, keepAlive: true }, listenOpts: { noDelay: true, keepAlive: true } }),
      circuitRelayTransport(),
    ],
    connectionEncrypters: [metered(noise(), guard)],
    streamMuxers: [
      yamux({
        maxInboundStreams: bounds.streamsPerConnection,
        // Framed streams get larger windows by the standing of their peer: see `setWindow`.
        streamOptions: { maxStreamWindowSize: WINDOW_BYTES },
      }),
    ],
    connectionManager: {
      maxConnections: bounds.connections,
      inboundConnectionThreshold: bounds.inboundConnectionsPerSecond,
      maxIncomingPendingConnections: bounds.pendingConnections,
      maxParallelDials: bounds.parallelDials,
      dialTimeout: bounds.openTimeoutMs,
    },
    // A busy peer answers pings late; cutting its connection makes it busier (js-libp2p#3463).
    connectionMonitor: { abortConnectionOnPingFailure: false },
    connectionGater: gater(guard, () => connections()),
    peerDiscovery: settings.mdns ? [mdns({ serviceTag: `_weft-${hash}._udp.local` })] : [],
    services: {
      identify: identify(),
      ping: ping(),
      gossip: gossipService(guard),
      dht: recordService({ hash, records: parts.records, guard }),
      ...(settings.relayServer === true ? { relay: circuitRelayServer() } : {}),
    },
  })
  connections = () => node.getConnections()
  return node
}

/** The running node. */
export type Host = Awaited<ReturnType<typeof createHost>>

function gater(guard: PeerGuard, connections: () => readonly Connection[]): ConnectionGater {
  const refuses = (peer: PeerId): boolean => {
    const key = keyOfPeer(peer)
    return key === undefined || guard.refuses(key)
  }
  return {
    // libp2p's default refuses private addresses in browsers; peers of a lab have no others.
    denyDialMultiaddr: () => false,
    denyDialPeer: refuses,
    denyInboundEncryptedConnection: (peer) => refuses(peer) || isCrowded(peer, connections(), guard),
  }
}

/** True if `peer` has connections enough, or is a stranger beside as many strangers as there is room for. */
function isCrowded(peer: PeerId, connections: readonly Connection[], guard: PeerGuard): boolean {
  const inbound = connections.filter(({ direction }) => direction === 'inbound')
  const own = inbound.filter(({ remotePeer }) => remotePeer.equals(peer)).length
  if (own >= bounds.connectionsPerPeer) return true
  const isStranger = (one: PeerId): boolean => guard.standingOf(keyOfPeer(one) ?? '') === 'stranger'
  return isStranger(peer) && inbound.filter(({ remotePeer }) => isStranger(remotePeer)).length >= bounds.strangers
}
