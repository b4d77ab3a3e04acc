/**
 * Instructions of the Ed25519 precompile. The programs read the one right before theirs, and accept only offsets into
 * that same instruction: everything that was verified is in its own data.
 */
import { Ed25519Program, TransactionInstruction } from '@solana/web3.js'

export interface Signature {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

const HEAD_BYTES = 2
const OFFSETS_BYTES = 14
const PAIR_BYTES = 32 + 64
const SAME_INSTRUCTION = 0xffff

/** Checks `signatures` over one message, which is stored once: 2 + 110 n + message bytes. */
export function verifyShared(signatures: readonly Signature[], message: Uint8Array): TransactionInstruction {
  const messageAt = HEAD_BYTES + (OFFSETS_BYTES + PAIR_BYTES) * signatures.length
  const data = new Uint8Array(messageAt + message.length)
  data.set(message, messageAt)
  writeSignatures(data, signatures, () => ({ at: messageAt, bytes: message.length }))
  return precompile(data)
}

/** Checks each signature over its own message. */
export function verifyEach(signed: readonly (Signature & { readonly message: Uint8Array })[]): TransactionInstruction {
  let end = HEAD_BYTES + (OFFSETS_BYTES + PAIR_BYTES) * signed.length
  const places = signed.map(({ message }) => {
    const place = { at: end, bytes: message.length }
    end += message.length
    return place
  })
  const data = new Uint8Array(end)
  for (const [i, place] of places.entries()) data.set(signed[i]?.message ?? new Uint8Array(), place.at)
  writeSignatures(data, signed, (i) => places[i] ?? { at: 0, bytes: 0 })
  return precompile(data)
}

function writeSignatures(
  data: Uint8Array,
  signatures: readonly Signature[],
  messageOf: (i: number) => { at: number; bytes: number },
): void {
  const view = new DataView(data.buffer)
  const pairsAt = HEAD_BYTES + OFFSETS_BYTES * signatures.length
  data[0] = signatures.length
  for (const [i, { key, signature }] of signatures.entries()) {
    const keyAt = pairsAt + PAIR_BYTES * i
    const message = messageOf(i)
    const fields = [keyAt + 32, SAME_INSTRUCTION, keyAt, SAME_INSTRUCTION, message.at, message.bytes, SAME_INSTRUCTION]
    for (const [f, field] of fields.entries()) view.setUint16(HEAD_BYTES + OFFSETS_BYTES * i + 2 * f, field, true)
    data.set(key, keyAt)
    data.set(signature, keyAt + 32)
  }
}

function precompile(data: Uint8Array): TransactionInstruction {
  return new TransactionInstruction({ programId: Ed25519Program.programId, keys: [], data: Buffer.from(data) })
}
