/**
 * Shapes of the peer's own records on disk. They are read back from a file system, so they are parsed like any other
 * input. They match what `core/witness` encodes.
 */
import { z } from 'zod'

const nat = z.number().int().nonnegative()
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)

/** By kind of record. A record that does not fit its schema is corrupt, or of another version. */
export const recordSchemas = {
  /** height, epoch of the committee that goes on, certificate (empty at height 0), state. */
  snapshot: z.tuple([nat, nat, bytes, bytes]),
  /** entry, certificate, bodies. */
  entry: z.tuple([bytes, bytes, z.array(bytes)]),
  closedEpoch: nat,
  lock: z.strictObject({
    kind: z.literal('lock'),
    height: nat,
    prepared: z.strictObject({
      view: nat,
      digest: z.string(),
      prepares: z.array(z.tuple([z.string(), bytes])),
      entry: bytes,
    }),
    bodies: z.array(bytes),
  }),
  promise: z.strictObject({ kind: z.literal('promise'), height: nat, view: nat }),
  signed: z.strictObject({ kind: z.literal('signed'), height: nat, headerBytes: bytes }),
} as const
