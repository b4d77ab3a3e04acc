/** A witness that signs two headers for each height, and shows both to everybody. Started by `world.ts` only. */
import { loadOrCreatePeerKey } from '#node/adapters/keys/files.ts'
import type { Effect } from '#node/core/effects.ts'
import { PeerCore } from '#node/core/peer-core.ts'
import { oddPaths, runOddPeer } from './odd-peer.ts'

/** A byte of the state root. */
const TWISTED_AT = 72

const { signer } = await loadOrCreatePeerKey(oddPaths().home)
const honest = PeerCore.prototype.step
PeerCore.prototype.step = function (...given) {
  return honest.apply(this, given).flatMap((effect) => [effect, ...otherHeader(effect)])
}

function otherHeader(effect: Effect): Effect[] {
  if (effect.type !== 'send' || effect.frame.type !== 'agreement') return []
  const { message } = effect.frame
  if (message.type !== 'header') return []
  const headerBytes = Uint8Array.from(message.headerBytes)
  headerBytes[TWISTED_AT] = (headerBytes[TWISTED_AT] ?? 0) ^ 1
  const other = { ...message, headerBytes, signature: signer.sign(headerBytes) }
  return [{ ...effect, frame: { type: 'agreement', message: other } }]
}

await runOddPeer()
