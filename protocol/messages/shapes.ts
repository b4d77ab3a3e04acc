/** The small shapes that only messages have; those that the rest of the protocol shares are in `protocol/shapes.ts`. */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytes } from '../shapes.ts'

/** More witnesses than any committee has: no list of votes, signatures or contributions is longer. */
export const WITNESSES_MAX = 16

/** An Ed25519 signature (RFC 8032): 64 bytes, not verified. */
export const signature = z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === 64)

/** Envelopes of signed inputs, as many as all contributions to one entry can name. */
export const inputBodies = z
  .array(bytes)
  .max(WITNESSES_MAX * (limits.inputsPerEntry + 2 * limits.offersPerContribution))
