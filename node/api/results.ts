/** What jobs left behind: the merged or one replica's output, and the logs. */
import { z } from 'zod'
import { aBlob, aJob, somePeers } from './examples.ts'
import { API, route, type Shape } from './route.ts'
import { cidText, content, int, key } from './shapes.ts'

/** An output: stdout and the files that the program left. */
export const outputSchema = z
  .object({
    jobId: z.string(),
    cid: z.string().describe('Content id of the output as canonical CBOR.'),
    stdout: z.object(content),
    files: z.array(z.object({ path: z.string(), bytes: int.describe('Its length.'), ...content })),
  })
  .meta({ id: 'Output' })
/** {@link outputSchema}. */
export type OutputView = Shape<typeof outputSchema>

/** What each replica printed, kept also when the job failed. */
export const logsSchema = z
  .object({
    jobId: z.string(),
    logs: z.array(
      z.object({
        peer: key.nullable().describe('null: of the job as a whole.'),
        stdout: z.string(),
        stderr: z.string(),
        reason: z.string().describe('Why it failed, in a sentence; empty if it did not.'),
      }),
    ),
  })
  .meta({ id: 'Logs' })
/** {@link logsSchema}. */
export type LogsView = Shape<typeof logsSchema>

const params = z.object({ id: cidText })

/** Routes of results. */
export const resultRoutes = {
  output: route({
    method: 'GET',
    path: `${API}/jobs/{id}/output`,
    summary: 'The merged output; NOT_FOUND while there is none.',
    params,
    query: z.object({
      raw: z.string().optional().describe('stdout as bytes.'),
      file: z.string().optional().describe('One file as bytes.'),
      peer: z.string().optional().describe('This replica’s output instead of the merged one.'),
    }),
    status: 200,
    answer: outputSchema,
    alsoBytes: 'with raw or file',
    errors: ['NOT_FOUND', 'CERTIFICATE_BAD'],
    example: {
      params: { id: aJob },
      answer: {
        jobId: aJob,
        cid: aBlob,
        stdout: { text: 'hello\n' },
        files: [{ path: 'a.bin', bytes: 2, base64: '/wA=' }],
      },
    },
  }),
  logs: route({
    method: 'GET',
    path: `${API}/jobs/{id}/logs`,
    summary: 'stdout and stderr by peer; kept when the job failed.',
    params,
    status: 200,
    answer: logsSchema,
    errors: ['NOT_FOUND'],
    example: {
      params: { id: aJob },
      answer: { jobId: aJob, logs: [{ peer: somePeers[0], stdout: 'hello\n', stderr: '', reason: '' }] },
    },
  }),
}
