/**
 * Counts what comes over each connection, before any protocol sees it, and stops reading from the sockets of a peer
 * that is over its budget. Whatever a peer floods with, it is one sum.
 */
import type { ConnectionEncrypter, SecuredConnection } from '@libp2p/interface'
import type { PeerGuard } from './guard.ts'
import { keyOfPeer } from './identity.ts'
import { throttle } from './throttle.ts'

/** The encryption that `create` makes, over which each connection is counted against its peer's budget. */
export function metered<Components, Encrypter extends ConnectionEncrypter>(
  create: (components: Components) => Encrypter,
  guard: PeerGuard,
): (components: Components) => Encrypter {
  return (components) => {
    const inner = create(components)
    const secureInbound: Encrypter['secureInbound'] = async (connection, options) =>
      meter(await inner.secureInbound(connection, options), guard)
    const secureOutbound: Encrypter['secureOutbound'] = async (connection, options) =>
      meter(await inner.secureOutbound(connection, options), guard)
    return Object.create(inner, { secureInbound: { value: secureInbound }, secureOutbound: { value: secureOutbound } })
  }
}

function meter<Secured extends SecuredConnection>(secured: Secured, guard: PeerGuard): Secured {
  // Of another kind of key it is refused right after this.
  const peer = keyOfPeer(secured.remotePeer)
  if (peer === undefined) return secured
  throttle(secured.connection, {
    charge: (bytes) => guard.chargeBytes(peer, bytes),
    paused: () => {
      guard.counters.readPauses++
    },
  })
  return secured
}
