/** Where a job stands: what certified states say about it, and what its replicas print meanwhile. */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytes, cid, nat } from '../shapes.ts'
import { type Message, SMALL_FRAME_BYTES } from './message.ts'

/** A job as it was signed, the record of all its seats, a certificate. */
const RECEIPT_BYTES_MAX = 1_048_576

/** A receipt proves itself by its certificate. `unknown` and `output` are no more than their sender's word. */
export const receiptMessages = [
  {
    schema: z.strictObject({ type: z.literal('query'), job: cid }),
    from: 'peer',
    to: 'witness',
    meaning: 'what does the log say about this job?',
  },
  {
    schema: z.strictObject({ type: z.literal('receipt'), receipt: bytes }),
    bytesMax: RECEIPT_BYTES_MAX,
    from: 'witness',
    to: 'peer',
    meaning: "a job's record, proven against a certificate: on each change, and as an answer",
  },
  {
    schema: z.strictObject({ type: z.literal('unknown'), job: cid }),
    from: 'witness',
    to: 'peer',
    meaning: 'nothing of this job is known here',
  },
  {
    schema: z.strictObject({
      type: z.literal('output'),
      job: cid,
      stream: z.enum(['stdout', 'stderr']),
      at: nat,
      chunk: bytes,
    }),
    bytesMax: limits.streamBytes + SMALL_FRAME_BYTES,
    from: 'replica',
    to: 'witness',
    meaning: 'what the job prints, as it appears; `at`: bytes of the stream before it',
  },
] as const satisfies readonly Message[]
