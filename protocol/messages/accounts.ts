/** Where an account stands, and what its states say is to be paid. */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytes, key, nat } from '../shapes.ts'
import type { Message } from './message.ts'

/** Micro-credits as they were decoded: a number up to 2^53 − 1, a bigint beyond it. */
const sum = z.union([nat, z.bigint()])

/** Payees in one frame: of a state with more, the first ones. */
const TOTALS_MAX = 1_024

/** What is certified in them is believed by the certificate; `nextSeq` and `funds` are the witness's word. */
export const accountMessages = [
  {
    schema: z.strictObject({ type: z.literal('account'), account: key }),
    from: 'peer',
    to: 'witness',
    meaning: 'where does this account stand?',
  },
  {
    schema: z.strictObject({
      type: z.literal('head'),
      account: key,
      certificate: bytes,
      nextSeq: nat,
      funds: sum.nullable(),
    }),
    from: 'witness',
    to: 'peer',
    meaning:
      'its newest certificate (empty: no log yet), the next sequence number, its funds as this witness sees them',
  },
  {
    schema: z.strictObject({
      type: z.literal('totals'),
      certificate: bytes,
      totals: z.array(z.tuple([key, sum])).max(TOTALS_MAX),
      jobsAndMeta: bytes,
    }),
    bytesMax: limits.gossipBytes,
    from: 'witness',
    to: 'peer',
    meaning: 'the totals of a certified state, so that what is earned can be counted: gossip on `weft/totals/1`',
  },
] as const satisfies readonly Message[]
