/** Nobody honest is punished: whatever the network loses, repeats and reorders, no honest peer reports another one. */
import type { Checker } from './checker.ts'

export function offences(): Checker {
  let seen = 0
  return {
    property: 'no-offence',
    *second({ world }) {
      const honest = new Map(world.peers.filter((peer) => peer.honest).map((peer) => [peer.endpoint.key, peer.name]))
      for (const { by, peer, offence } of world.net.offences.slice(seen)) {
        const [reporter, accused] = [honest.get(by), honest.get(peer)]
        if (reporter !== undefined && accused !== undefined) yield `${reporter} reports ${accused}: ${offence}`
      }
      seen = world.net.offences.length
    },
  }
}
