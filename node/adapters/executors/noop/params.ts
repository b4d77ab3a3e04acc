/** The parameters of a `noop` job. */
import { z } from 'zod'
import { defineParams } from '../kit/params.ts'

/** `text` is what the job prints; nothing by default. */
export const noopParams = defineParams({
  engine: 'noop',
  takes: 'text',
  schema: z.strictObject({ text: z.string({ error: 'must be text' }).default('') }),
  resolve: (given) => given,
})
