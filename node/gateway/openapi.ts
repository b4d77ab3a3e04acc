/** The API's description: OpenAPI 3.1. Kept by hand; a test checks that it names exactly the routes that exist. */
import { z } from 'zod'
import * as views from '../api/views.ts'

interface Operation {
  readonly summary: string
  /** Name of the answer's schema, or its media type. */
  readonly gives: string
  readonly takes?: string
  readonly query?: Readonly<Record<string, string>>
}

const operations: Readonly<Record<string, Operation>> = {
  'GET /healthz': { summary: 'Whether the daemon answers; needs no token.', gives: 'Health' },
  'GET /openapi.json': { summary: 'This document.', gives: 'application/json' },
  'GET /api/v1/status': { summary: 'The peer: network, membership, engines, load.', gives: 'PeerInfo' },
  'GET /api/v1/peers': { summary: 'Every peer known, with its newest offer.', gives: 'PeerList' },
  'GET /api/v1/signing': { summary: 'What a wallet needs to sign a job: domain and network.', gives: 'Signing' },
  'GET /api/v1/accounts/{wallet}': { summary: 'A wallet: next sequence number, credits, witnesses.', gives: 'Account' },
  'POST /api/v1/invites': {
    summary: 'Founder only: a token with which peers join.',
    gives: 'Invite',
    takes: 'InviteTerms',
  },
  'POST /api/v1/jobs': {
    summary: 'Posts a signed job; answers when its admission is certified. Idempotency-Key is honoured.',
    gives: 'Job',
    takes: 'Submission',
  },
  'GET /api/v1/jobs': {
    summary: 'Jobs that this peer knows, newest first.',
    gives: 'JobList',
    query: { account: 'Only this wallet’s.', limit: 'At most so many, 1 to 256.' },
  },
  'POST /api/v1/jobs/validate': {
    summary: 'What is wrong with engine parameters, as far as this peer knows the engine.',
    gives: 'EngineProblem',
    takes: 'EngineCheck',
  },
  'GET /api/v1/jobs/{id}': {
    summary: 'A job: state, seats, verdict, payments, certificate. NOT_FOUND if no peer knows it in time.',
    gives: 'Job',
    query: { wait: 'Seconds that other peers are asked, 0 to 25; 3 if not given.' },
  },
  'GET /api/v1/jobs/{id}/why': { summary: 'Why it was placed so, with the certificate recomputed.', gives: 'Why' },
  'GET /api/v1/jobs/{id}/logs': { summary: 'stdout and stderr by peer; kept when the job failed.', gives: 'Logs' },
  'GET /api/v1/jobs/{id}/output': {
    summary: 'The merged output.',
    gives: 'Output',
    query: { raw: 'stdout as bytes.', file: 'One file as bytes.', peer: 'This replica’s output.' },
  },
  'POST /api/v1/jobs/{id}/cancel': { summary: 'Posts a signed cancellation.', gives: 'Job', takes: 'Signed' },
  'GET /api/v1/jobs/{id}/events': {
    summary: 'Events job, output, problem, end as they happen; resumes after Last-Event-ID.',
    gives: 'text/event-stream',
  },
  'GET /api/v1/chain/events': {
    summary: 'Events of the programs on Solana: each as event, live after those that are stored, end if not followed.',
    gives: 'text/event-stream',
    query: {
      since: 'From this chain slot on.',
      follow: 'true: goes on with what happens; undone events are told again.',
    },
  },
  'GET /api/v1/blobs/{cid}': { summary: 'Content by its id.', gives: 'application/octet-stream' },
}

const base64 = z.base64()
const schemas: Readonly<Record<string, z.ZodType>> = {
  Health: z.object({ service: z.literal('weft'), ok: z.boolean() }),
  PeerInfo: views.peerInfoSchema,
  PeerList: z.object({ peers: z.array(views.peerSummarySchema) }),
  Signing: views.signingSchema,
  Account: views.accountViewSchema,
  Invite: z.object({ token: z.string() }),
  InviteTerms: z.object({ ttlMs: z.number().int().optional(), uses: z.number().int().optional() }),
  Job: views.jobViewSchema,
  JobList: z.object({ jobs: z.array(views.jobViewSchema) }),
  Submission: z.object({ envelope: base64, blobs: z.array(base64).optional() }),
  Signed: z.object({ envelope: base64 }),
  EngineCheck: z.object({ engine: z.string(), params: z.record(z.string(), z.unknown()), paths: z.array(z.string()) }),
  EngineProblem: z.object({ problem: z.string().nullable() }),
  Why: views.whySchema,
  Logs: views.logsSchema,
  Output: views.outputSchema,
  Problem: views.problemSchema,
}

/** The document for one version of Weft. */
export function openApi(version: string): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weft',
      version,
      description: 'HTTP API of a Weft peer. Amounts are micro-credits as decimal text.',
    },
    paths: paths(),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, z.toJSONSchema(schema, { unrepresentable: 'any' })]),
      ),
    },
  }
}

function paths(): Record<string, Record<string, unknown>> {
  const out: Record<string, Record<string, unknown>> = {}
  for (const [route, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = route.split(' ')
    out[path] = { ...out[path], [method.toLowerCase()]: describe(path, operation, method === 'POST') }
  }
  return out
}

function describe(path: string, operation: Operation, posts: boolean): Record<string, unknown> {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(operation.query ?? {}).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    schema: { type: 'string' },
  }))
  return {
    summary: operation.summary,
    parameters: [...inPath, ...inQuery],
    ...(operation.takes === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': ref(operation.takes) } } }),
    responses: {
      [posts && operation.takes !== undefined && /jobs$|invites$/.test(path) ? '201' : '200']: {
        description: operation.summary,
        content: operation.gives.includes('/')
          ? { [operation.gives]: {} }
          : { 'application/json': ref(operation.gives) },
      },
      default: { description: 'What went wrong.', content: { 'application/problem+json': ref('Problem') } },
    },
  }
}

function ref(name: string): Record<string, unknown> {
  return { schema: { $ref: `#/components/schemas/${name}` } }
}
