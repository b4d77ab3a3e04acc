/** Events and effects by name, for traces and reports. */
import type { Effect, Event } from '#node/core/effects.ts'
import { decodeFrame } from '#protocol/messages/frame.ts'

/** `message/agreement/propose` and the like. */
export function eventName(event: Event): string {
  if (event.type !== 'message' && event.type !== 'gossip') return event.type
  const frame = decodeFrame(event.bytes)
  if (frame === undefined) return `${event.type}/unreadable`
  return frame.type === 'agreement' ? `agreement/${frame.message.type}` : `${event.type}/${frame.type}`
}

/** How many effects of each kind. */
export function countEffects(effects: readonly Effect[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const effect of effects) {
    const frame = 'frame' in effect ? effect.frame : undefined
    const kind = frame?.type === 'agreement' ? frame.message.type : (frame?.type ?? '')
    const name = kind === '' ? effect.type : `${effect.type}/${kind}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
