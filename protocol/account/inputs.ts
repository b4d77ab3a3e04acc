/**
 * Signed inputs of an account's log: what a wallet, a replica or a peer says to it. Each is an envelope; here are their kinds, shapes
 * and the functions that make and read them.
 */
import { z } from 'zod'
import { type JobSpec, parseJobSpec, plainSpec } from '../job/spec.ts'
import { limits } from '../limits.ts'
import { LOAD, type Load, PROFILE, type Profile, readLoad, readProfile } from '../membership/offer.ts'
import { bytes, cid, key, nat, sha256Hex } from '../shapes.ts'
import { decode } from '../wire/canonical.ts'
import { type Envelope, seal, verifyEnvelope } from '../wire/envelope.ts'
import { fromHex, toHex } from '../wire/hash.ts'
import type { Signer, WalletKey } from '../wire/keys.ts'
import { jobAccountKey, maySpend } from './job-account.ts'

export const JOB = 'job'
export const CANCEL = 'cancel'
export const ACCEPT = 'accept'
export const REFUSE = 'refuse'
export const COMMITMENT = 'commitment'
export const RESULT = 'result'

/** One seat of one job: what a replica's statements are about. */
export interface SeatRef {
  readonly account: WalletKey
  readonly job: string
  /** The lease token of the seat. */
  readonly fence: number
}

export interface Refusal extends SeatRef {
  /** busy: no free slot, try later. failed: this peer cannot run this job. */
  readonly reason: 'busy' | 'failed'
  /** One sentence for people. */
  readonly detail: string
}

export interface Commitment extends SeatRef {
  /** Hex: see `verification/commitment.ts`. */
  readonly hash: string
}

/** How a program can fail by its own fault. */
export const failureCodes = ['PROGRAM_FAILED', 'TIME_LIMIT', 'MEMORY_LIMIT', 'OUTPUT_LIMIT'] as const

export interface Result extends SeatRef {
  readonly status: 'done' | 'failed'
  readonly code: '' | (typeof failureCodes)[number]
  /** Hex SHA-256 of the canonical output. */
  readonly digest: string
  /** 32 bytes: opens the commitment. */
  readonly nonce: Uint8Array
  /** CID of the output blob, and of the logs; empty if there is none. */
  readonly output: string
  readonly logs: string
  readonly meterMs: number
  /** The canonical output itself where it is small or the comparator looks inside (see {@link carriesOutput}); empty otherwise. */
  readonly body: Uint8Array
}

export type Input =
  | { readonly kind: typeof JOB; readonly envelope: Envelope; readonly spec: JobSpec }
  | { readonly kind: typeof CANCEL; readonly envelope: Envelope; readonly account: WalletKey; readonly job: string }
  | { readonly kind: typeof ACCEPT; readonly envelope: Envelope; readonly statement: SeatRef }
  | { readonly kind: typeof REFUSE; readonly envelope: Envelope; readonly statement: Refusal }
  | { readonly kind: typeof COMMITMENT; readonly envelope: Envelope; readonly statement: Commitment }
  | { readonly kind: typeof RESULT; readonly envelope: Envelope; readonly statement: Result }
  | { readonly kind: typeof PROFILE; readonly envelope: Envelope; readonly profile: Profile }
  | { readonly kind: typeof LOAD; readonly envelope: Envelope; readonly load: Load }

/** Signs a job; the envelope's id is the job's id. */
export function sealJob(spec: JobSpec, domain: Uint8Array, wallet: Signer): Envelope {
  return seal(JOB, plainSpec(spec), domain, wallet)
}

/** Signs the end of a job. For one with an account of its own, `digest` (see {@link jobDigest}) shows that the account is the wallet's. */
export function sealCancel(
  { account, job, digest }: { account: WalletKey; job: string; digest?: Uint8Array | undefined },
  domain: Uint8Array,
  wallet: Signer,
): Envelope {
  const of = digest === undefined ? {} : { digest: toHex(digest) }
  return seal(CANCEL, { account, job, ...of }, domain, wallet)
}

export function sealAccept(seat: SeatRef, domain: Uint8Array, peer: Signer): Envelope {
  return seal(ACCEPT, { ...seat }, domain, peer)
}

export function sealRefusal(refusal: Refusal, domain: Uint8Array, peer: Signer): Envelope {
  return seal(REFUSE, { ...refusal }, domain, peer)
}

export function sealCommitment(commitment: Commitment, domain: Uint8Array, peer: Signer): Envelope {
  return seal(COMMITMENT, { ...commitment }, domain, peer)
}

export function sealResult(result: Result, domain: Uint8Array, peer: Signer): Envelope {
  return seal(RESULT, { ...result }, domain, peer)
}

/**
 * The input in `envelope`, its shape and signature verified; `undefined` if it is none. Remembered per envelope object, so an
 * input that several witnesses contribute is parsed once.
 */
export function readInput(envelope: Envelope, domain: Uint8Array): Input | undefined {
  const known = memo.get(envelope)
  if (known !== undefined) return known
  const input = parse(envelope, domain)
  if (input !== undefined) memo.set(envelope, input)
  return input
}

const memo = new WeakMap<Envelope, Input>()

function parse(envelope: Envelope, domain: Uint8Array): Input | undefined {
  const { kind } = envelope
  if (kind === PROFILE) {
    const profile = readProfile(envelope, domain)
    return profile && { kind, envelope, profile }
  }
  if (kind === LOAD) {
    const load = readLoad(envelope, domain)
    return load && { kind, envelope, load }
  }
  const input = parseStatement(envelope, domain)
  return input !== undefined && verifyEnvelope(envelope, domain) ? input : undefined
}

function parseStatement(envelope: Envelope, domain: Uint8Array): Input | undefined {
  const { kind } = envelope
  const body = decode(envelope.body)
  switch (kind) {
    case JOB: {
      const spec = envelope.body.length > limits.jobBytes ? undefined : parseJobSpec(body)
      return spec !== undefined && maySpend(spec, envelope.signer, domain) ? { kind, envelope, spec } : undefined
    }
    case CANCEL: {
      const parsed = cancelSchema.safeParse(body)
      if (!parsed.success) return undefined
      const { account, job, digest } = parsed.data
      const own = digest === undefined ? envelope.signer : jobAccountKey(domain, envelope.signer, fromHex(digest))
      return account === own ? { kind, envelope, account, job } : undefined
    }
    case ACCEPT: {
      const parsed = seatSchema.safeParse(body)
      return parsed.success ? { kind, envelope, statement: parsed.data } : undefined
    }
    case REFUSE: {
      const parsed = refusalSchema.safeParse(body)
      return parsed.success ? { kind, envelope, statement: parsed.data } : undefined
    }
    case COMMITMENT: {
      const parsed = commitmentSchema.safeParse(body)
      return parsed.success ? { kind, envelope, statement: parsed.data } : undefined
    }
    case RESULT: {
      const parsed = resultSchema.safeParse(body)
      return parsed.success ? { kind, envelope, statement: parsed.data } : undefined
    }
    default:
      return undefined
  }
}

/** True if a result of `outputBytes` canonical output carries it: a small one always; for numeric and semantic comparison up to 1 MiB, and 3 MiB for all replicas. */
export function carriesOutput(spec: JobSpec, outputBytes: number): boolean {
  if (outputBytes <= limits.carriedOutputBytes) return true
  if (spec.comparator.type === 'exact') return false
  return outputBytes <= limits.comparableOutputBytes && outputBytes * spec.replicas <= 3 * limits.comparableOutputBytes
}

/** The account whose log an input belongs to; `undefined` for offers, which belong to none. */
export function accountOf(input: Input): WalletKey | undefined {
  switch (input.kind) {
    case JOB:
      return input.spec.account
    case CANCEL:
      return input.account
    case ACCEPT:
    case REFUSE:
    case COMMITMENT:
    case RESULT:
      return input.statement.account
    case PROFILE:
    case LOAD:
      return undefined
    default:
      return input satisfies never
  }
}

const id = z.string().max(64)
const cidOrNone = z.union([z.literal(''), cid])
const seat = { account: key, job: id, fence: nat }

const cancelSchema = z.strictObject({ account: key, job: id, digest: sha256Hex.optional() })
const seatSchema = z.strictObject(seat)
const refusalSchema = z.strictObject({ ...seat, reason: z.enum(['busy', 'failed']), detail: z.string().max(300) })
const commitmentSchema = z.strictObject({ ...seat, hash: sha256Hex })
const resultSchema = z.strictObject({
  ...seat,
  status: z.enum(['done', 'failed']),
  code: z.enum(['', ...failureCodes]),
  digest: sha256Hex,
  nonce: bytes.refine((value) => value.length === 32),
  output: cidOrNone,
  logs: cidOrNone,
  meterMs: nat.max(limits.runTimeMaxMs * 2),
  body: bytes.refine((value) => value.length <= limits.comparableOutputBytes),
})
