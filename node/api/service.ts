/** The daemon itself: whether it answers, and what it can be asked. */
import { z } from 'zod'
import { somePeers } from './examples.ts'
import { route } from './route.ts'
import { int, key } from './shapes.ts'

/** What a second daemon that finds the port taken asks for. With a token, strangers learn only that this is Weft. */
export const healthSchema = z.object({
  service: z.literal('weft'),
  ok: z.boolean(),
  version: z.string().optional(),
  pid: int.optional(),
  peer: key.optional(),
})

/** Routes beside the versioned ones. */
export const serviceRoutes = {
  health: route({
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the daemon answers; needs no token.',
    open: true,
    status: 200,
    answer: healthSchema,
    errors: [],
    example: { answer: { service: 'weft', ok: true, version: '0.1.0', pid: 4_242, peer: somePeers[0] } },
  }),
  openapi: route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'The description of all this: OpenAPI 3.1.',
    status: 200,
    bare: true,
    answer: z.looseObject({ openapi: z.string() }),
    errors: [],
    example: { answer: { openapi: '3.1.0' } },
  }),
}
