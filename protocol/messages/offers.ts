/** What peers lend. */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytes } from '../shapes.ts'
import { type Message, SMALL_FRAME_BYTES } from './message.ts'

/** Signed offers in one frame: those of 128 peers, a profile and a load each. */
const OFFERS_MAX = 256

/** Profiles and loads, signed by the peers that they are of. */
export const offerMessages = [
  {
    schema: z.strictObject({ type: z.literal('offers'), offers: z.array(bytes).max(OFFERS_MAX) }),
    bytesMax: OFFERS_MAX * limits.offerBytes + SMALL_FRAME_BYTES,
    from: 'peer',
    to: 'peer',
    meaning: 'signed offers: on connecting, as gossip on `weft/offers/1`, and in the DHT by class',
  },
] as const satisfies readonly Message[]
