/** Why a peer does not fit, in words. */
import type { PeerWhy } from '#node/sdk/index.ts'
import { bytes, credits, duration } from '../command/format.ts'

/** One sentence of the peer's reason; its score if it is eligible. */
export function reasonText(peer: PeerWhy): string {
  if (peer.reason === undefined) return `score ${peer.score ?? '?'}`
  const { reason } = peer
  const fact = (name: string): string => {
    const value = reason[name]
    return Array.isArray(value) ? value.join(', ') : String(value ?? '?')
  }
  const size = (name: string): string => bytes(Number(fact(name)))
  switch (reason['code']) {
    case 'NOT_A_MEMBER':
      return 'is not a member of the network'
    case 'OWN_PEER':
      return 'belongs to the wallet that pays'
    case 'EXCLUDED':
      return 'failed this job before'
    case 'NO_OFFER':
      return 'made no offer'
    case 'OFFER_EXPIRED':
      return `its offer expired ${duration(Number(fact('nowMs')) - Number(fact('expiredMs')))} before`
    case 'OFFER_TOO_LONG':
      return `its offer says that it lives ${duration(Number(fact('expiresMs')) - Number(fact('latestMs')))} too long`
    case 'ENGINE_MISSING':
      return `engine ${fact('needed')} wanted, has ${fact('offered') || 'none'}`
    case 'MEMORY_SHORT':
      return `memory ${size('neededBytes')} wanted, has ${size('offeredBytes')}`
    case 'GPU_MEMORY_SHORT':
      return `GPU memory ${size('neededBytes')} wanted, has ${size('offeredBytes')}`
    case 'MODEL_MISSING':
      return `models ${fact('needed')} wanted, has ${fact('offered') || 'none'}`
    case 'REGION_OTHER':
      return `region ${fact('needed')} wanted, is in ${fact('offered') || 'none'}`
    case 'TOO_SLOW':
      return `needs ${duration(Number(fact('offeredMs')))}, the deadline leaves ${duration(Number(fact('neededMs')))}`
    case 'PRICE_HIGH':
      return `asks up to ${credits(fact('worstCase'))}, the job pays ${credits(fact('cap'))} a replica`
    case 'NO_FREE_SLOT':
      return `no free slot: ${fact('free')} of ${fact('slots')} free, ${fact('claimed')} held by this account`
    default:
      return fact('code')
  }
}

/** `2 peers: ENGINE_MISSING (engine x wanted, has y); 1 peer: NO_OFFER (made no offer)`. */
export function reasonCounts(peers: readonly PeerWhy[]): string {
  const groups = new Map<string, { count: number; example: string }>()
  for (const peer of peers) {
    if (peer.reason === undefined) continue
    const code = String(peer.reason['code'])
    const group = groups.get(code)
    if (group === undefined) groups.set(code, { count: 1, example: reasonText(peer) })
    else group.count++
  }
  return [...groups]
    .sort(([, a], [, b]) => b.count - a.count)
    .map(([code, { count, example }]) => `${count} ${count === 1 ? 'peer' : 'peers'}: ${code} (${example})`)
    .join('; ')
}
