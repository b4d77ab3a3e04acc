/** B1 for offers: none is believed for longer than offers live, whatever it says of itself. */
import { limits } from '#protocol/limits.ts'
import { EPOCH_MS } from '../world/timeline.ts'
import type { Checker } from './checker.ts'

export const offerLives: Checker = {
  property: 'B1',
  *second({ world }) {
    const latestMs = EPOCH_MS + world.nowMs + limits.offerTtlMs + 3 * limits.clockSkewMs
    for (const peer of world.peers) {
      if (!peer.honest) continue
      const lasting = peer.core?.summary().offers.filter(({ profile, load }) => {
        return Math.min(profile.expiresMs, load.expiresMs) > latestMs
      })
      if (lasting !== undefined && lasting.length > 0) yield `${peer.name} holds an offer that outlives its time`
    }
  },
}
