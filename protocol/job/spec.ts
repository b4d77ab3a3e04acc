/**
 * What a wallet signs. {@link JobSpec} is the canonical, signed form; a job file (YAML or JSON, see `job-file.ts`) is
 * turned into one by the poster's tools. `jobId` is the CID of the signed bytes.
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { amount, cid, key, nat, type Shape } from '../shapes.ts'
import type { Plain } from '../wire/canonical.ts'
import type { WalletKey } from '../wire/keys.ts'

const path = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (text) => !text.startsWith('/') && !text.split('/').some((part) => part === '..' || part === '.' || part === ''),
    {
      message: 'a relative path without "..", "." or empty parts',
    },
  )
const signedAmount = amount.refine((value) => value < 1n << 63n, { message: 'an amount below 2^63' })

/** How replicas' results are compared. Integers only. */
export const comparatorSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('exact') }),
  /**
   * Numbers in the text may differ by `absolute` (in 1e-9 units) or `relativePpm` (parts per million), all else is
   * exact.
   */
  z.strictObject({ type: z.literal('numeric'), absoluteNano: nat, relativePpm: nat.max(1_000_000) }),
  /** Cosine of hashed embeddings at least `thresholdPpm` (parts per million). */
  z.strictObject({ type: z.literal('semantic'), thresholdPpm: nat.max(1_000_000) }),
])
/** A comparator of a signed job, within the bounds of {@link comparatorSchema}. */
export type Comparator = Shape<typeof comparatorSchema>

const inputFileSchema = z.strictObject({
  /** Relative path without `..`, as the program sees it below its job folder. */
  path,
  /** Name of the blob. */
  cid,
  /** Its size; all inputs of a job together are at most `limits.jobInputBytes`. */
  bytes: nat.max(limits.jobInputBytes),
})
/** A file that the job reads, by content id. */
export type InputFile = Shape<typeof inputFileSchema>

const requirementsSchema = z.strictObject({
  /** Wall time of one replica, milliseconds. */
  timeMs: nat.min(1).max(limits.runTimeMaxMs),
  /** Memory of one replica. */
  memoryBytes: nat.min(1).max(limits.runMemoryMaxBytes),
  /** Regions of which the peer must have one; empty: any. */
  regions: z.array(z.string().max(64)).max(16),
  /** Least GPU memory, bytes; 0: no GPU needed. */
  gpuMemoryBytes: nat,
  /** Model names of which the peer must have each loaded or cached. */
  models: z.array(z.string().max(128)).max(16),
})
/** What a peer must offer, and what a replica may use at most: the run is stopped beyond it. */
export type Requirements = Shape<typeof requirementsSchema>

/** The shape of a signed job with the bounds of each field; what spans fields is checked by {@link parseJobSpec}. */
export const jobSpecSchema = z.strictObject({
  version: z.literal(1),
  /** Name for people; not unique. */
  name: z.string().min(1).max(100),
  /** Network id: the job is void elsewhere. */
  network: z.string().min(1).max(100),
  /** Whose log the job is in: the wallet, or the job's own account (see `account/job-account.ts`). */
  account: key,
  /** The wallet that pays and signs, where the account is the job's own; absent where it is the wallet's. */
  owner: key.optional(),
  /** 1, 2, 3, … per account. */
  seq: nat.min(1),
  /** The most that the account may ever spend in its life, micro-credits (property S5). */
  authorised: signedAmount,
  /** When it was signed by the wallet's clock, milliseconds since 1970. */
  createdMs: nat,
  /** Absolute, milliseconds since 1970. */
  deadlineMs: nat,
  /** What runs the job: an engine's name and its parameters, which only that engine understands. */
  engine: z.strictObject({
    type: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    params: z.record(z.string().max(64), z.union([z.string(), nat, z.array(z.string()).max(256)])),
  }),
  /** Files that the program reads; no path twice. */
  inputs: z.array(inputFileSchema).max(limits.jobInputFiles),
  requirements: requirementsSchema,
  /** How many peers run it, 1 to `limits.replicasPerJob`. */
  replicas: nat.min(1).max(limits.replicasPerJob),
  comparator: comparatorSchema,
  /** Most that this job may cost in all, micro-credits. */
  priceMax: signedAmount,
  /** Placement policy: one of the names in `placement/policies.ts`. */
  policy: z.string().max(64),
})
/**
 * A job as it is signed. A value of this type from outside has passed {@link parseJobSpec}; bounds stand in {@link
 * jobSpecSchema}.
 */
export type JobSpec = Shape<typeof jobSpecSchema>

/** The wallet that signs the job and pays for it. */
export function ownerOf({ owner, account }: Pick<JobSpec, 'owner' | 'account'>): WalletKey {
  return owner ?? account
}

/** The job as the plain value that is signed: an absent owner is left out. */
export function plainSpec(spec: JobSpec): Plain {
  const { owner, ...rest } = spec
  return {
    ...rest,
    ...(owner === undefined ? {} : { owner }),
    engine: { type: spec.engine.type, params: { ...spec.engine.params } },
    inputs: spec.inputs.map((file) => ({ ...file })),
    requirements: { ...spec.requirements },
    comparator: { ...spec.comparator },
  }
}

/**
 * The job in `value` (decoded canonical bytes); `undefined` if it does not fit {@link jobSpecSchema}, its inputs exceed
 * `limits.jobInputBytes` together, or two have one path.
 */
export function parseJobSpec(value: unknown): JobSpec | undefined {
  const parsed = jobSpecSchema.safeParse(value)
  if (!parsed.success) return undefined
  const total = parsed.data.inputs.reduce((sum, file) => sum + file.bytes, 0)
  const paths = new Set(parsed.data.inputs.map((file) => file.path))
  return total <= limits.jobInputBytes && paths.size === parsed.data.inputs.length ? parsed.data : undefined
}
