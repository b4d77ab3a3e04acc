/** Jobs: preparing, posting, listing, looking at one, cancelling, following. */
import { z } from 'zod'
import { limits } from '#protocol/limits.ts'
import { accountViewSchema, exampleAccount } from './accounts.ts'
import { apiBounds } from './bounds.ts'
import { aJob, aTimeMs, aWallet, somePeers } from './examples.ts'
import { exampleJob, jobChangedSchema, jobOutputSchema, jobViewSchema } from './job-view.ts'
import { signingSchema } from './network.ts'
import { problemSchema } from './problem.ts'
import { API, events, route, type Shape } from './route.ts'
import { bytesIn, cidText, int, keyText } from './shapes.ts'

const engineName = z.string().max(apiBounds.engineLetters)
/** What an engine is to run. */
const engineShape = {
  engine: engineName.describe('Name of the engine.'),
  params: z.record(z.string(), z.union([z.string(), int, z.array(z.string())])).describe("The engine's parameters."),
  paths: z.array(z.string()).max(limits.jobInputFiles).describe('Paths of the input files.'),
}
const engineCheckSchema = z.strictObject(engineShape)
/** Parameters of an engine, in a request. */
export type EngineCheck = Shape<typeof engineCheckSchema>

const engineProblem = z.string().nullable().describe('What is wrong with the parameters, in a sentence.')

/** Everything that a wallet needs to sign a job, at once. */
export const preparedSchema = signingSchema.extend({
  account: accountViewSchema,
  problem: engineProblem,
  engines: z.array(z.string()).describe('Engines known here or offered by peers, without versions, in order.'),
  peersAble: z
    .object({
      others: int.describe('Peers that the wallet does not own. If there are any, only they run its jobs.'),
      all: int.describe('Peers in all.'),
    })
    .describe('How many peers there are for replicas.'),
})
/** {@link preparedSchema}. */
export type Prepared = Shape<typeof preparedSchema>

const notSeconds = `not a number of seconds from 0 to ${apiBounds.waitSeconds}`
const waitText = z
  .string()
  .regex(/^\d{1,2}(\.\d{1,3})?$/, notSeconds)
  .transform(Number)
  .pipe(z.number().max(apiBounds.waitSeconds, notSeconds))

const id = z.object({ id: cidText })
const signedSchema = z.strictObject({ envelope: bytesIn.describe('The signed statement: base64 in JSON.') })
const submissionSchema = signedSchema.extend({
  blobs: z.array(bytesIn).max(limits.jobInputFiles).default([]).describe('The inputs that were signed.'),
})
/** A signed job with its inputs, as the server reads it. */
export type Submission = Shape<typeof submissionSchema>

const listSchema = z.object({
  account: keyText.optional().describe('Only this wallet’s.'),
  limit: z.coerce
    .number<number | string>()
    .int()
    .min(1)
    .max(apiBounds.jobsListed)
    .default(apiBounds.jobsListedDefault)
    .describe(`At most so many, 1 to ${apiBounds.jobsListed}.`),
})

const anEngine = { engine: 'python', params: { code: 'print("hello")' }, paths: [] }

/** Routes of jobs. */
export const jobRoutes = {
  submit: route({
    method: 'POST',
    path: `${API}/jobs`,
    summary: 'Posts a signed job; answers when its admission is certified. From then on it is never lost.',
    headers: { 'idempotency-key': 'The same key and body give the first answer again.' },
    body: submissionSchema,
    bodyBytesMax: apiBounds.jobBodyBytes,
    status: 201,
    answer: jobViewSchema,
    location: `${API}/jobs/{jobId}`,
    errors: [
      ...(['JOB_MALFORMED', 'JOB_TOO_LARGE', 'SIGNATURE_BAD', 'INPUT_MISSING', 'NETWORK_OTHER'] as const),
      ...(['LEDGER_OTHER', 'DEADLINE_PASSED', 'SEQ_TAKEN', 'SEQ_REPLAYED', 'CREDITS_SHORT'] as const),
      ...(['AUTHORISATION_SHORT', 'FUNDS_STALE', 'ACCOUNT_FULL', 'NO_COMMITTEE'] as const),
    ],
    example: { body: { envelope: 'o2Vib2R5oGFr', blobs: [] }, answer: exampleJob },
  }),
  list: route({
    method: 'GET',
    path: `${API}/jobs`,
    summary: 'Jobs that this peer knows, newest first.',
    query: listSchema,
    status: 200,
    answer: z.object({ jobs: z.array(jobViewSchema) }),
    errors: [],
    example: { query: { account: aWallet, limit: 10 }, answer: { jobs: [exampleJob] } },
  }),
  prepare: route({
    method: 'POST',
    path: `${API}/jobs/prepare`,
    summary:
      'Everything that a wallet needs to sign a job: network, account, engines, peers, and what is wrong with it.',
    body: engineCheckSchema.extend({
      wallet: keyText,
      version: z
        .string()
        .max(apiBounds.engineLetters)
        .optional()
        .describe('Version of the engine that it needs, whole or its first numbers: 3.12.'),
    }),
    bodyBytesMax: apiBounds.jobBodyBytes,
    status: 200,
    answer: preparedSchema,
    errors: ['JOB_TOO_LARGE', 'NO_COMMITTEE', 'NOT_A_MEMBER'],
    example: {
      body: { wallet: aWallet, ...anEngine },
      answer: {
        domain: 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=',
        network: 'roster:home',
        account: exampleAccount,
        problem: null,
        engines: ['noop', 'python'],
        peersAble: { others: 3, all: 4 },
      },
    },
  }),
  validate: route({
    method: 'POST',
    path: `${API}/jobs/validate`,
    summary: 'What is wrong with engine parameters, as far as this peer knows the engine.',
    body: engineCheckSchema,
    bodyBytesMax: apiBounds.jobBodyBytes,
    status: 200,
    answer: preparedSchema.pick({ problem: true, engines: true }),
    errors: ['JOB_TOO_LARGE'],
    example: { body: anEngine, answer: { problem: null, engines: ['noop', 'python'] } },
  }),
  show: route({
    method: 'GET',
    path: `${API}/jobs/{id}`,
    summary: 'A job: state, seats, verdict, payments, certificate. NOT_FOUND if no peer knows it in time.',
    params: id,
    query: z.object({
      wait: waitText
        .optional()
        .describe(`Seconds that other peers are asked, 0 to ${apiBounds.waitSeconds}; 3 if not given.`),
    }),
    status: 200,
    answer: jobViewSchema,
    errors: ['NOT_FOUND'],
    example: { params: { id: aJob }, query: { wait: '2.5' }, answer: exampleJob },
  }),
  cancel: route({
    method: 'POST',
    path: `${API}/jobs/{id}/cancel`,
    summary: 'Posts a signed cancellation; answers when the job is closed.',
    params: id,
    body: signedSchema,
    status: 200,
    answer: jobViewSchema,
    errors: ['JOB_MALFORMED', 'JOB_TOO_LARGE', 'SIGNATURE_BAD', 'NOT_FOUND'],
    example: {
      params: { id: aJob },
      body: { envelope: 'o2Vib2R5oGFr' },
      answer: { ...exampleJob, state: 'cancelled', code: 'CANCELLED', verdict: null, output: '', earned: [] },
    },
  }),
  events: route({
    method: 'GET',
    path: `${API}/jobs/{id}/events`,
    summary: 'What happens to a job: its present state first, each change and piece of output, end when it is closed.',
    params: id,
    headers: { 'last-event-id': 'Goes on after that event, if it is still kept; else from the oldest that is.' },
    status: 200,
    answer: events({ job: jobChangedSchema, output: jobOutputSchema, problem: problemSchema, end: z.object({}) }),
    errors: ['NOT_FOUND', 'ACCOUNT_FULL'],
    example: {
      params: { id: aJob },
      answer: [
        {
          event: 'output',
          data: { type: 'output', at: aTimeMs, peer: somePeers[0], stream: 'stdout', text: 'hello\n' },
        },
        { event: 'job', data: { type: 'job', at: aTimeMs, job: exampleJob } },
        { event: 'end', data: {} },
      ],
    },
  }),
}
