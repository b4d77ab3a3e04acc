/** What the ledgers of two peers say to each other; the protocol carries it and looks away. */
import { z } from 'zod'
import { bytes } from '../shapes.ts'
import type { Message } from './message.ts'

/** A roster of as many members as there may be. */
const ROSTER_BYTES_MAX = 2 * 1_048_576

/** Believed by what the ledger itself verifies. */
export const ledgerMessages = [
  {
    schema: z.strictObject({ type: z.literal('ledger'), message: bytes }),
    bytesMax: ROSTER_BYTES_MAX,
    from: 'peer',
    to: 'peer',
    meaning: "a ledger's own message: a newer roster, a request to join",
  },
] as const satisfies readonly Message[]
