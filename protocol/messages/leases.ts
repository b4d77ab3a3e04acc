/** How a replica keeps the leases of its runs. */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { cid, key, nat } from '../shapes.ts'
import type { Message } from './message.ts'

/** Job and fence of each lease, of one account. */
const leases = z.array(z.tuple([cid, nat])).max(limits.openJobsPerAccount)

/**
 * Each concerns only its sender's own leases. `token` comes back as it was sent, so that it is known which renewal
 * was heard; 0: no answer.
 */
export const leaseMessages = [
  {
    schema: z.strictObject({ type: z.literal('renew'), account: key, leases, token: nat }),
    from: 'replica',
    to: 'witness',
    meaning: 'keeps its leases of one account',
  },
  {
    schema: z.strictObject({ type: z.literal('renewed'), leases, token: nat }),
    from: 'witness',
    to: 'replica',
    meaning: 'those of them that are still its own',
  },
] as const satisfies readonly Message[]
