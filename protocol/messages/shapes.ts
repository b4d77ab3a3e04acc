/**
 * The small shapes that messages and signed statements are made of, each written once. All of them read decoded
 * values.
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { isCid } from '../wire/canonical.ts'
import { isKey } from '../wire/keys.ts'

/** More witnesses than any committee has: no list of votes, signatures or contributions is longer. */
export const WITNESSES_MAX = 16

/** A whole number from 0 to 2^53 − 1. */
export const nat = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)

/** Bytes of any length: the frame that carries them bounds them. */
export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)

/** An Ed25519 signature (RFC 8032): 64 bytes, not verified. */
export const signature = z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === 64)

/** Base58 of a 32-byte public key, in its one spelling. */
export const key = z.string().refine(isKey)

/** CIDv1 over SHA-256 in canonical base32: the name of a blob, an input, a job. */
export const cid = z.string().refine(isCid)

/** SHA-256 as 64 lower-case hexadecimal digits. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/)

/**
 * Micro-credits. DAG-CBOR has one kind of integer: those up to 2^53 − 1 are decoded as numbers, larger ones as
 * bigints.
 */
export const amount = z.union([nat, z.bigint()])

/** Envelopes of signed inputs, as many as all contributions to one entry can name. */
export const inputBodies = z
  .array(bytes)
  .max(WITNESSES_MAX * (limits.inputsPerEntry + 2 * limits.offersPerContribution))
