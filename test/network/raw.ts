/** A peer that speaks libp2p but keeps no rules of ours: what an attacker, or another implementation, would send. */
import '#node/adapters/network/polyfill.ts'
import { noise } from '@chainsafe/libp2p-noise'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { channelProtocol, networkHash } from '#node/adapters/network/settings.ts'
import type { Channel } from '#node/ports/network.ts'

/** Makes a raw node without any of our protocols; with `gossip`, it gossips without any bound. */
export async function createRaw(options: { gossip?: boolean } = {}) {
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ...(options.gossip === true ? { pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) } : {}),
    },
  })
}

/** A raw node. */
export type Raw = Awaited<ReturnType<typeof createRaw>>

/** Opens one of our streams from a raw node. */
export async function openStream(raw: Raw, address: string | undefined, channel: Channel): Promise<Stream> {
  const connection = await raw.dial(multiaddr(address ?? ''))
  return connection.newStream(channelProtocol(networkHash('test'), channel))
}
