/** Content-addressed blobs: inputs, outputs and logs of jobs. */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytes, cid } from '../shapes.ts'
import type { Message } from './message.ts'

/** A blob is believed by its hash, whoever sends it; it comes on the bulk stream. */
export const blobMessages = [
  {
    schema: z.strictObject({ type: z.literal('want'), cids: z.array(cid).max(limits.jobInputFiles) }),
    from: 'peer',
    to: 'peer',
    meaning: 'asks for blobs by content id',
  },
  {
    schema: z.strictObject({ type: z.literal('blob'), bytes }),
    bytesMax: limits.outputBytes + 256 * 1_024,
    from: 'peer',
    to: 'peer',
    meaning: 'one blob',
  },
] as const satisfies readonly Message[]
