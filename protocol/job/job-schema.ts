/**
 * The published JSON Schema of a job file, for editors and other languages: `job.schema.json`, made from the one
 * schema.
 */
import { z } from 'zod'
import { jobFileSchema } from './job-file-schema.ts'

const ID = 'urn:weft:job-file:1'

/**
 * The content of `job.schema.json`: JSON Schema 2020-12 of what people write. A test fails when the committed file
 * differs.
 */
export function jobJsonSchema(): Readonly<Record<string, unknown>> {
  return { $id: ID, ...z.toJSONSchema(jobFileSchema, { io: 'input', target: 'draft-2020-12' }) }
}
