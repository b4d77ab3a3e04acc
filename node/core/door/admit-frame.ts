/**
 * The ladder that every frame climbs before a part of the peer hears it, the cheapest step first: the connection's
 * budget, what the frame claims to be, its size, whether it can concern us, and only then its decoding. What is behind
 * the frame, signatures and room, is for the part that it is for.
 */
import { decodeFrame, type Frame, frameBytesMax } from '#protocol/messages/frame.ts'
import { SMALL_FRAME_BYTES } from '#protocol/messages/message.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import { peekText } from '#protocol/wire/peek.ts'
import type { Parts } from '../dispatch-frame.ts'
import { costs, decodeCostUs } from './budgets.ts'

/** The frame in `bytes` if it is worth hearing; `undefined` if not. Offences of `from` are reported. */
export function admitFrame(parts: Parts, from: PeerKey, bytes: Uint8Array): Frame | undefined {
  const { context } = parts
  const standing = context.standings.of(from)
  if (!context.budgets.charge(from, costs.frame)) return undefined
  const type = peekText(bytes, ['type'])
  const bytesMax = type === undefined ? undefined : frameBytesMax(type)
  if (bytesMax === undefined) return context.offence(from, 'shape')
  if (bytes.length > bytesMax) return context.offence(from, 'size')
  if (type === 'agreement' && !isFromWitness(parts, from, bytes)) return undefined
  const costUs = decodeCostUs(bytes.length)
  if (!context.budgets.charge(from, costUs)) return undefined
  const frame = decodeFrame(bytes)
  if (frame === undefined) return context.offence(from, 'shape')
  // Decoding what a witness of ours says is never for nothing, nor is what is small.
  if (bytes.length <= SMALL_FRAME_BYTES || standing === 'witness') context.budgets.giveBack(from, costUs)
  return frame
}

/** True if `from` is a witness of the account that its message is about, as far as this peer can tell. */
function isFromWitness(parts: Parts, from: PeerKey, bytes: Uint8Array): boolean {
  const account = peekText(bytes, ['message', 'account'])
  return account !== undefined && parts.witness.keeper.isWitnessOf(account satisfies WalletKey, from)
}
