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
import type { ConnectionGater } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { gossipService } from './gossip.ts'
import type { PeerGuard } from './guard.ts'
import { keyOfPeer } from './identity.ts'
import { type RecordGuard, recordService } from './records.ts'
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
  return createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', settings.seed),
    addresses: { listen: [...settings.listen] },
    transports: [
      tcp({ dialOpts: { noDelay: true, keepAlive: true }, listenOpts: { noDelay: true, keepAlive: true } }),
      circuitRelayTransport(),
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        streamOptions: { maxStreamWindowSize: bounds.windowBytes, maxReadBufferLength: 2 * bounds.windowBytes },
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
    connectionGater: gater(guard),
    peerDiscovery: settings.mdns ? [mdns({ serviceTag: `_weft-${hash}._udp.local` })] : [],
    services: {
      identify: identify(),
      ping: ping(),
      gossip: gossipService(guard),
      dht: recordService(hash, parts.records),
      ...(settings.relayServer === true ? { relay: circuitRelayServer() } : {}),
    },
  })
}

/** The running node. */
export type Host = Awaited<ReturnType<typeof createHost>>

function gater(guard: PeerGuard): ConnectionGater {
  return {
    // libp2p's default refuses private addresses in browsers; peers of a lab have no others.
    denyDialMultiaddr: () => false,
    denyInboundEncryptedConnection: (peer) => {
      const key = keyOfPeer(peer)
      return key === undefined || guard.refuses(key)
    },
  }
}
