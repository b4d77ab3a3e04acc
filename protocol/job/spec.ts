/**
 * What a wallet signs. {@link JobSpec} is the canonical, signed form; a job file (YAML or JSON, see `job-file.ts`) is
 * turned into one by the poster's tools. `jobId` is the CID of the signed bytes.
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { amount, cid, key, nat } from '../shapes.ts'
import type { Plain } from '../wire/canonical.ts'
import type { WalletKey } from '../wire/keys.ts'

/** How replicas' results are compared. Integers only. */
export type Comparator =
  | { readonly type: 'exact' }
  /**
   * Numbers in the text may differ by `absolute` (in 1e-9 units) or `relativePpm` (parts per million), all else is
   * exact.
   */
  | { readonly type: 'numeric'; readonly absoluteNano: number; readonly relativePpm: number }
  /** Cosine of hashed embeddings at least `thresholdPpm` (parts per million). */
  | { readonly type: 'semantic'; readonly thresholdPpm: number }

/** A file that the job reads, by content id. */
export interface InputFile {
  /** Relative path without `..`, as the program sees it below its job folder. */
  readonly path: string
  /** Name of the blob. */
  readonly cid: string
  /** Its size; all inputs of a job together are at most `limits.jobInputBytes`. */
  readonly bytes: number
}

/** What a peer must offer, and what a replica may use at most: the run is stopped beyond it. */
export interface Requirements {
  /** Wall time of one replica, milliseconds. */
  readonly timeMs: number
  /** Memory of one replica. */
  readonly memoryBytes: number
  /** Regions of which the peer must have one; empty: any. */
  readonly regions: readonly string[]
  /** Least GPU memory, bytes; 0: no GPU needed. */
  readonly gpuMemoryBytes: number
  /** Model names of which the peer must have each loaded or cached. */
  readonly models: readonly string[]
}

/**
 * A job as it is signed. A value of this type from outside has passed {@link parseJobSpec}; bounds stand in {@link
 * jobSpecSchema}.
 */
export interface JobSpec {
  readonly version: 1
  /** Name for people; not unique. */
  readonly name: string
  /** Network id: the job is void elsewhere. */
  readonly network: string
  /** Whose log the job is in: the wallet, or the job's own account (see `account/job-account.ts`). */
  readonly account: WalletKey
  /** The wallet that pays and signs, where the account is the job's own; absent where it is the wallet's. */
  readonly owner?: WalletKey | undefined
  /** 1, 2, 3, … per account. */
  readonly seq: number
  /** The most that the account may ever spend in its life, micro-credits (property S5). */
  readonly authorised: bigint
  /** When it was signed by the wallet's clock, milliseconds since 1970. */
  readonly createdMs: number
  /** Absolute, milliseconds since 1970. */
  readonly deadlineMs: number
  /** What runs the job: an engine's name and its parameters, which only that engine understands. */
  readonly engine: {
    readonly type: string
    readonly params: Readonly<Record<string, string | number | readonly string[]>>
  }
  /** Files that the program reads; no path twice. */
  readonly inputs: readonly InputFile[]
  readonly requirements: Requirements
  /** How many peers run it, 1 to `limits.replicasPerJob`. */
  readonly replicas: number
  readonly comparator: Comparator
  /** Most that this job may cost in all, micro-credits. */
  readonly priceMax: bigint
  /** Placement policy: one of the names in `placement/policies.ts`. */
  readonly policy: string
}

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

/** The shape of a {@link Comparator} in a signed job. */
export const comparatorSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('exact') }),
  z.strictObject({ type: z.literal('numeric'), absoluteNano: nat, relativePpm: nat.max(1_000_000) }),
  z.strictObject({ type: z.literal('semantic'), thresholdPpm: nat.max(1_000_000) }),
])

/** The shape of a signed job with the bounds of each field; what spans fields is checked by {@link parseJobSpec}. */
export const jobSpecSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(100),
  network: z.string().min(1).max(100),
  account: key,
  owner: key.optional(),
  seq: nat.min(1),
  authorised: signedAmount,
  createdMs: nat,
  deadlineMs: nat,
  engine: z.strictObject({
    type: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    params: z.record(z.string().max(64), z.union([z.string(), nat, z.array(z.string()).max(256)])),
  }),
  inputs: z.array(z.strictObject({ path, cid, bytes: nat.max(limits.jobInputBytes) })).max(limits.jobInputFiles),
  requirements: z.strictObject({
    timeMs: nat.min(1).max(limits.runTimeMaxMs),
    memoryBytes: nat.min(1).max(limits.runMemoryMaxBytes),
    regions: z.array(z.string().max(64)).max(16),
    gpuMemoryBytes: nat,
    models: z.array(z.string().max(128)).max(16),
  }),
  replicas: nat.min(1).max(limits.replicasPerJob),
  comparator: comparatorSchema,
  priceMax: signedAmount,
  policy: z.string().max(64),
})

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
