/** Signed inputs on their way to an account's log, and what the log says of one that it will never take. */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytes, cid } from '../shapes.ts'
import type { Message } from './message.ts'

/** Inputs are envelopes, believed by their signature; `rejected` is believed from f + 1 witnesses only. */
export const inputMessages = [
  {
    schema: z.strictObject({ type: z.literal('inputs'), inputs: z.array(bytes).max(limits.inputsPerEntry) }),
    bytesMax: limits.inputsFrameBytes,
    from: 'author',
    to: 'witness',
    meaning: 'signed inputs for a log: job, cancel, accept, refuse, commitment, result',
  },
  {
    schema: z.strictObject({ type: z.literal('rejected'), id: cid, code: z.string().max(64) }),
    from: 'witness',
    to: 'author',
    meaning: 'the log refused the input for good, by this error code',
  },
] as const satisfies readonly Message[]
