/**
 * The ladder that every frame climbs before a part of the peer hears it, the cheapest step first: the connection's
 * budget, what the frame claims to be, its size, whether it can concern us, and only then its decoding. What is behind
 * the frame, signatures and room, is for the part that it is for.
 */
import { limits } from '#protocol/limits.ts'
import { decodeFrame, type Frame } from '#protocol/messages/frame.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import { peekText } from '#protocol/wire/peek.ts'
import type { Parts } from '../dispatch-frame.ts'
import { costs, decodeCostUs } from './budgets.ts'

const KiB = 1_024
const MiB = 1_024 * KiB

/** A list of ids or a certificate, and little more. */
const SMALL = 64 * KiB
/** Largest frame of each type, bytes. A larger one is an offence. */
const bytesMax: { readonly [T in Frame['type']]: number } = {
  agreement: limits.frameBytes,
  inputs: limits.inputsFrameBytes,
  rejected: SMALL,
  renew: SMALL,
  renewed: SMALL,
  query: SMALL,
  // A job as it was signed, the record of all its seats, a certificate.
  receipt: 1 * MiB,
  unknown: SMALL,
  output: limits.streamBytes + SMALL,
  account: SMALL,
  head: SMALL,
  totals: limits.gossipBytes,
  // Of 256 peers' profiles or loads.
  offers: 256 * limits.offerBytes + SMALL,
  want: SMALL,
  // An output with all its files' names.
  blob: limits.outputBytes + 256 * KiB,
  'fetch-state': SMALL,
  state: limits.frameBytes,
  'no-state': SMALL,
  'fetch-entry': SMALL,
  entry: limits.frameBytes,
  // A roster of as many members as there may be.
  ledger: 2 * MiB,
}

/** The frame in `bytes` if it is worth hearing; `undefined` if not. Offences of `from` are reported. */
export function admitFrame(parts: Parts, from: PeerKey, bytes: Uint8Array): Frame | undefined {
  const { context } = parts
  context.standings.of(from)
  if (!context.budgets.charge(from, costs.frame)) return undefined
  const type = peekText(bytes, ['type'])
  if (type === undefined || !isType(type)) return context.offence(from, 'shape')
  if (bytes.length > bytesMax[type]) return context.offence(from, 'size')
  if (type === 'agreement' && !isFromWitness(parts, from, bytes)) return undefined
  const costUs = decodeCostUs(bytes.length)
  if (!context.budgets.charge(from, costUs)) return undefined
  const frame = decodeFrame(bytes)
  if (frame === undefined) return context.offence(from, 'shape')
  // Decoding what a witness of ours says is never for nothing, nor is what is small.
  if (bytes.length <= SMALL || context.standings.of(from) === 'witness') context.budgets.giveBack(from, costUs)
  return frame
}

function isType(type: string): type is Frame['type'] {
  return Object.hasOwn(bytesMax, type)
}

/** True if `from` is a witness of the account that its message is about, as far as this peer can tell. */
function isFromWitness(parts: Parts, from: PeerKey, bytes: Uint8Array): boolean {
  const account = peekText(bytes, ['message', 'account'])
  return account !== undefined && parts.witness.keeper.isWitnessOf(account satisfies WalletKey, from)
}
