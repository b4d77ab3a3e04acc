/** The API's answers as schemas: what clients parse, and what the OpenAPI document is made from. Amounts are decimal text. */
import { z } from 'zod'
import type {
  AccountView,
  ChainEventView,
  JobEvent,
  JobView,
  PeerInfo,
  PeerSummary,
  WhyView,
} from '#node/api/peer-api.ts'
import { type ErrorCode, errorCodes } from '#protocol/errors.ts'

const int = z.number().int()
const amount = z.string().regex(/^\d+$/)
const code = z.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(errorCodes, value))

export const peerInfoSchema: z.ZodType<PeerInfo> = z.object({
  version: z.string(),
  peer: z.string(),
  owner: z.string(),
  network: z.string(),
  ledger: z.string(),
  epoch: int,
  member: z.boolean(),
  membership: z.object({ state: z.enum(['member', 'joining', 'refused', 'none']), reason: z.string() }),
  addresses: z.array(z.string()),
  connections: int,
  members: int,
  engines: z.array(z.object({ engine: z.string(), version: z.string() })),
  slots: int,
  running: int,
  logs: int,
  uptimeMs: int,
})

export const peerSummarySchema: z.ZodType<PeerSummary> = z.object({
  peer: z.string(),
  owner: z.string(),
  self: z.boolean(),
  connected: z.boolean(),
  offer: z
    .object({
      engines: z.array(z.string()),
      slots: int,
      freeSlots: int,
      memoryBytes: int,
      gpuMemoryBytes: int,
      region: z.string(),
      pricePerSecond: amount,
      speedMilli: int,
      expiresMs: int,
    })
    .nullable(),
})

export const accountViewSchema: z.ZodType<AccountView> = z.object({
  account: z.string(),
  epoch: int,
  height: int,
  nextSeq: int,
  spent: amount,
  reserved: amount,
  funds: amount.nullable(),
  witnesses: z.array(z.string()),
  n: int,
  f: int,
  q: int,
  tolerance: z.enum(['byzantine', 'crashes', 'single', 'own']),
})

const state = z.enum(['queued', 'placed', 'running', 'revealing', 'completed', 'failed', 'expired', 'cancelled'])

export const jobViewSchema: z.ZodType<JobView> = z.object({
  jobId: z.string(),
  name: z.string(),
  account: z.string(),
  owner: z.string(),
  escrow: z.string(),
  seq: int,
  engine: z.string(),
  state,
  code: z.union([z.literal(''), code]),
  replicas: int,
  attempts: int,
  priceMax: amount,
  deadlineMs: int,
  admittedMs: int,
  closedMs: int.nullable(),
  placement: z.object({ height: int, primaries: z.array(z.string()), standbys: z.array(z.string()) }),
  seats: z.array(
    z.object({
      peer: z.string(),
      role: z.enum(['offered', 'standby', 'running', 'committed', 'revealed']),
      fence: int,
      digest: z.string(),
      output: z.string(),
      logs: z.string(),
      meterMs: int,
    }),
  ),
  excluded: z.array(z.string()),
  verdict: z
    .object({
      agreed: int,
      of: int,
      confidence: z.number(),
      winners: z.array(z.string()),
      outvoted: z.array(z.string()),
    })
    .nullable(),
  output: z.string(),
  logs: z.string(),
  charged: amount,
  earned: z.array(z.object({ payee: z.string(), peer: z.string().nullable(), amount })),
  certificate: z
    .object({
      account: z.string(),
      epoch: int,
      height: int,
      n: int,
      quorum: int,
      signers: z.array(z.string()),
      digest: z.string(),
      valid: z.boolean(),
    })
    .nullable(),
})

export const jobEventSchema: z.ZodType<JobEvent> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('job'), at: z.number(), job: jobViewSchema }),
  z.object({
    type: z.literal('output'),
    at: z.number(),
    peer: z.string(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
  }),
])

/** {@link WhyView} as JSON: a reason is its code and its facts, amounts as text. */
export interface WhyJson extends Omit<WhyView, 'peers'> {
  readonly peers: readonly {
    readonly peer: string
    readonly eligible: boolean
    readonly reason?: Readonly<Record<string, string | number | readonly string[]>> | undefined
    readonly score?: number | undefined
    readonly rank?: number | undefined
  }[]
}

export const whySchema: z.ZodType<WhyJson> = z.object({
  jobId: z.string(),
  state,
  height: int.nullable(),
  want: int,
  peers: z.array(
    z.object({
      peer: z.string(),
      eligible: z.boolean(),
      reason: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])).optional(),
      score: z.number().optional(),
      rank: int.optional(),
    }),
  ),
  certified: z.string().nullable(),
  recomputed: z.string().nullable(),
  matches: z.boolean(),
  problem: z.string().nullable(),
})

/** Bytes in JSON: `text` if they are UTF-8, else `base64`. */
const content = { text: z.string().optional(), base64: z.string().optional() }

export const outputSchema = z.object({
  jobId: z.string(),
  cid: z.string(),
  stdout: z.object(content),
  files: z.array(z.object({ path: z.string(), bytes: int, ...content })),
})
export type OutputJson = z.infer<typeof outputSchema>

/** Logs by peer: what each replica printed, kept also when the job failed; `reason`: why it failed, in a sentence. */
export const logsSchema = z.object({
  jobId: z.string(),
  logs: z.array(z.object({ peer: z.string().nullable(), stdout: z.string(), stderr: z.string(), reason: z.string() })),
})
export type LogsJson = z.infer<typeof logsSchema>

export const signingSchema = z.object({ domain: z.base64(), network: z.string() })

export const chainEventSchema: z.ZodType<ChainEventView> = z.object({
  name: z.string(),
  slot: int,
  signature: z.string(),
  index: int,
  data: z.record(z.string(), z.union([z.string(), z.boolean()])),
})

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: int,
  detail: z.string(),
  code: z.string(),
  hint: z.string(),
  requestId: z.string(),
})
