/** The peer and its network. */
import type { PeerApi } from '../../peer/peer-api.ts'
import type { HandlersOf } from '../handler.ts'

export function networkHandlers(peer: PeerApi): HandlersOf<'network'> {
  return {
    status: () => peer.info(),
    peers: () => ({ peers: peer.peers() }),
    signing: () => signingOf(peer),
    invite: async ({ body }) => ({ token: await peer.invite(body) }),
  }
}

/** The signing domain as clients get it. */
export function signingOf(peer: PeerApi): { readonly domain: string; readonly network: string } {
  const { domain, network } = peer.signing()
  return { domain: Buffer.from(domain).toString('base64'), network }
}
