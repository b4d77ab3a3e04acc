/** Why a job was placed where it was. */
import { z } from 'zod'
import { aDigest, aJob, somePeers } from './examples.ts'
import { jobStateSchema } from './job-view.ts'
import { API, route, type Shape } from './route.ts'
import { cidText, int, key } from './shapes.ts'

const peerWhySchema = z.object({
  peer: key,
  eligible: z.boolean().describe('True if it may run the job.'),
  reason: z
    .record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
    .optional()
    .describe('Present exactly if not eligible: a code, what was needed and what was offered. Amounts are text.'),
  score: z.number().optional().describe('Points, lower is better; present exactly if eligible.'),
  rank: int.optional().describe('1 is the first primary; present exactly if eligible.'),
})
/** One peer's reason or rank. */
export type PeerWhy = Shape<typeof peerWhySchema>

/** Every peer with its reason or rank, and the certificate recomputed from the entry's inputs. */
export const whySchema = z
  .object({
    jobId: z.string(),
    state: jobStateSchema,
    height: int
      .nullable()
      .describe('Entry that placed it; null if it was not placed yet: then peers says why, with the offers known now.'),
    want: int.describe('Replicas to be placed.'),
    peers: z.array(peerWhySchema),
    certified: z.string().nullable().describe('The digest that the witnesses signed; null if it is not known here.'),
    recomputed: z
      .string()
      .nullable()
      .describe("From the state before and the entry's inputs; null where this peer does not hold them."),
    matches: z.boolean().describe('True if both digests are known and the same.'),
    problem: z
      .string()
      .nullable()
      .describe('What of the entry was changed or is missing, in words; null if nothing is, or if nobody had it.'),
  })
  .meta({ id: 'Why' })
/** {@link whySchema}. */
export type WhyView = Shape<typeof whySchema>

/** The route of explanations. */
export const whyRoutes = {
  why: route({
    method: 'GET',
    path: `${API}/jobs/{id}/why`,
    summary: 'Why it was placed so, with the certificate recomputed.',
    params: z.object({ id: cidText }),
    status: 200,
    answer: whySchema,
    errors: ['NOT_FOUND'],
    example: {
      params: { id: aJob },
      answer: {
        jobId: aJob,
        state: 'completed',
        height: 2,
        want: 3,
        peers: [
          { peer: somePeers[0], eligible: true, score: 64, rank: 1 },
          { peer: somePeers[1], eligible: false, reason: { code: 'PRICE_HIGH', cap: '10', worstCase: '20' } },
        ],
        certified: aDigest,
        recomputed: aDigest,
        matches: true,
        problem: null,
      },
    },
  }),
}
