/** Sees the streams that others open to a service of libp2p before the service does. */
import type { GossipSubComponents } from '@libp2p/gossipsub'
import type { Connection, Stream } from '@libp2p/interface'

type Registrar = GossipSubComponents['registrar']

/**
 * `registrar` with `onStream` called first for each inbound stream. Middleware would be the place for this, but
 * js-libp2p 3.3 adds the handler to the stored list of middleware at each stream, so that the n-th stream is handled n
 * times.
 */
export function watched(registrar: Registrar, onStream: (stream: Stream, connection: Connection) => void): Registrar {
  const handle: Registrar['handle'] = (protocol, handler, options) => {
    const watchedHandler: typeof handler = (stream, connection) => {
      onStream(stream, connection)
      return handler(stream, connection)
    }
    return registrar.handle(protocol, watchedHandler, options)
  }
  return Object.create(registrar, { handle: { value: handle } })
}
