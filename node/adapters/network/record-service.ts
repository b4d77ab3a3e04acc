/** The Kademlia service of one network. It keeps records that were validated, and nothing else. */
import { type KadDHT, type KadDHTComponents, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import type { PeerGuard } from './guard.ts'
import { keyOfPeer } from './identity.ts'
import { newestOf, type RecordGuard } from './records.ts'
import { watched } from './registrar.ts'
import { bounds } from './settings.ts'
import { onRead } from './throttle.ts'

const utf8 = new TextDecoder()

/** The kad-dht service of the network `hash`; every peer serves. */
export function recordService(parts: {
  hash: string
  records: RecordGuard
  guard: PeerGuard
}): (components: KadDHTComponents) => KadDHT {
  const { hash, records, guard } = parts
  const create = kadDHT({
    protocol: `/weft/${hash}/kad/1.0.0`,
    clientMode: false,
    peerInfoMapper: passthroughMapper,
    allowQueryWithZeroPeers: true,
    initialQuerySelfInterval: 50,
    // libp2p's own kind of record, public keys, would be stored for anybody: of our keys the name is the key.
    validators: { weft: (key, value) => records.check(utf8.decode(key), value), pk: refuse },
    selectors: { weft: (_key, values) => newestOf(values) },
  })
  return (components) => create(Object.create(components, overridden(components, guard)))
}

function overridden({ registrar, datastore }: KadDHTComponents, guard: PeerGuard): PropertyDescriptorMap {
  const charged = watched(registrar, (stream, connection) => {
    const peer = keyOfPeer(connection.remotePeer)
    onRead(stream, (bytes) => {
      // The connection has counted each byte once.
      if (peer !== undefined) guard.chargeBytes(peer, (bounds.recordBytesTimes - 1) * bytes)
    })
  })
  return { registrar: { value: charged }, datastore: { value: recordsOnly(datastore) } }
}

type Datastore = KadDHTComponents['datastore']

/** Provider records, which anybody may write of anything, are not kept: nothing here reads them. */
function recordsOnly(datastore: Datastore): Datastore {
  const put: Datastore['put'] = (key, value, options) =>
    key.toString().startsWith('/dht/record/') ? datastore.put(key, value, options) : refuse()
  return Object.create(datastore, { put: { value: put } })
}

function refuse(): never {
  throw new RangeError('records of this kind are not kept')
}
