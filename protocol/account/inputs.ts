/**
 * Inputs of an account's log: signed statements of a wallet, a replica or a member. Each is an envelope; here are their
 * kinds, their shapes and the functions that make and read them. All of them pass `readInput` before anything believes
 * them.
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

/** Kind of an envelope in which a wallet posts a job. */
export const JOB = 'job'
/** Kind of one in which the wallet ends its job. */
export const CANCEL = 'cancel'
/** Kind of one in which the holder of an active ticket takes the job. */
export const ACCEPT = 'accept'
/** Kind of one in which a seat's holder gives it back. */
export const REFUSE = 'refuse'
/** Kind of one in which a replica commits to its result. */
export const COMMITMENT = 'commitment'
/** Kind of one in which a replica reveals its result. */
export const RESULT = 'result'

/** The signer's seat in one job: what its statements are about. */
export interface SeatRef {
  /** Whose log the job is in. */
  readonly account: WalletKey
  /** Id of the job. */
  readonly job: string
  /** Fence of the seat: a statement under another fence than the seat's own changes nothing. */
  readonly fence: number
}

/** Why a peer gives its seat back. */
export interface Refusal extends SeatRef {
  /** busy: no free slot, try later. failed: this peer cannot run this job. */
  readonly reason: 'busy' | 'failed'
  /** One sentence for people, at most 300 characters. */
  readonly detail: string
}

/** What a replica says of its result before anybody reveals one. */
export interface Commitment extends SeatRef {
  /** Hex, 64 characters: see `verification/commitment.ts`. */
  readonly hash: string
}

/** How a program can fail by its own fault: error codes that a result may carry. */
export const failureCodes = ['PROGRAM_FAILED', 'TIME_LIMIT', 'MEMORY_LIMIT', 'OUTPUT_LIMIT'] as const

/** What a replica reveals. That it opens the replica's commitment is checked by `judge`, not by its shape. */
export interface Result extends SeatRef {
  /** `failed`: the program failed by its own fault, so other replicas should too. */
  readonly status: 'done' | 'failed'
  /** Empty if done; `judge` ignores a result where this and the status differ. */
  readonly code: '' | (typeof failureCodes)[number]
  /** Hex SHA-256 of the canonical output; of the code for a failed program. */
  readonly digest: string
  /** 32 bytes: opens the commitment. */
  readonly nonce: Uint8Array
  /** CID of the output blob; empty if there is none. */
  readonly output: string
  /** CID of the logs (stdout and stderr); empty if there are none. */
  readonly logs: string
  /** Milliseconds that the program ran, by the replica's own clock; at most twice the longest run time. */
  readonly meterMs: number
  /**
   * The canonical output itself where it is small or the comparator looks inside (see {@link carriesOutput}); else
   * empty.
   */
  readonly body: Uint8Array
}

/**
 * A verified input: its envelope's signature, its shape and its bounds hold, and a job or a cancel is signed by the
 * wallet that owns the account. Whether it comes at the right time is decided by `step`.
 */
export type Input =
  | { readonly kind: typeof JOB; readonly envelope: Envelope; readonly spec: JobSpec }
  | { readonly kind: typeof CANCEL; readonly envelope: Envelope; readonly account: WalletKey; readonly job: string }
  | { readonly kind: typeof ACCEPT; readonly envelope: Envelope; readonly statement: SeatRef }
  | { readonly kind: typeof REFUSE; readonly envelope: Envelope; readonly statement: Refusal }
  | { readonly kind: typeof COMMITMENT; readonly envelope: Envelope; readonly statement: Commitment }
  | { readonly kind: typeof RESULT; readonly envelope: Envelope; readonly statement: Result }
  | { readonly kind: typeof PROFILE; readonly envelope: Envelope; readonly profile: Profile }
  | { readonly kind: typeof LOAD; readonly envelope: Envelope; readonly load: Load }

/** The input of one kind: `InputOf<typeof JOB>` is a signed job. */
export type InputOf<K extends Input['kind']> = Extract<Input, { readonly kind: K }>

/** An input that belongs to an account's log: all but offers. */
export type LogInput = Exclude<Input, { readonly kind: typeof PROFILE | typeof LOAD }>

/**
 * Signs a job for the network of `domain`; the envelope's id is the job's id. Nothing is checked: see `parseJobSpec`.
 */
export function sealJob(spec: JobSpec, domain: Uint8Array, wallet: Signer): Envelope {
  return seal(JOB, plainSpec(spec), domain, wallet)
}

/**
 * Signs the end of a job. For a job with an account of its own, `digest` (see `jobDigest` in job-account.ts) shows that
 * the account is the wallet's.
 */
export function sealCancel(
  { account, job, digest }: { account: WalletKey; job: string; digest?: Uint8Array | undefined },
  domain: Uint8Array,
  wallet: Signer,
): Envelope {
  const of = digest === undefined ? {} : { digest: toHex(digest) }
  return seal(CANCEL, { account, job, ...of }, domain, wallet)
}

/** Signs that `peer` takes the job of the seat that it holds. */
export function sealAccept(seat: SeatRef, domain: Uint8Array, peer: Signer): Envelope {
  return seal(ACCEPT, { ...seat }, domain, peer)
}

/** Signs that `peer` gives its seat back. */
export function sealRefusal(refusal: Refusal, domain: Uint8Array, peer: Signer): Envelope {
  return seal(REFUSE, { ...refusal }, domain, peer)
}

/** Signs a replica's commitment to its result. */
export function sealCommitment(commitment: Commitment, domain: Uint8Array, peer: Signer): Envelope {
  return seal(COMMITMENT, { ...commitment }, domain, peer)
}

/** Signs a replica's result, which is the reveal: whoever gets it can read it. */
export function sealResult(result: Result, domain: Uint8Array, peer: Signer): Envelope {
  return seal(RESULT, { ...result }, domain, peer)
}

/**
 * The {@link Input} in `envelope`; `undefined` if its kind, shape, size or signature on the network of `domain` is
 * wrong. Remembered per envelope object, so an input that several witnesses contribute is parsed and verified once.
 */
export function readInput(envelope: Envelope, domain: Uint8Array): Input | undefined {
  const known = verified.get(envelope)
  if (known !== undefined) return known
  const { kind } = envelope
  const input = kind === PROFILE || kind === LOAD ? readOffer(envelope, domain) : peekStatement(envelope, domain)
  if (input === undefined || (!isOffer(input) && !verifyEnvelope(envelope, domain))) return undefined
  verified.set(envelope, input)
  return input
}

/**
 * What `envelope` claims to be: its kind, shape and size are right, and whether its signer signed it is **not** known.
 * For whoever decides by it whether the signature is worth checking. `undefined` also for offers, which belong to no
 * log. Remembered per envelope object.
 */
export function peekStatement(envelope: Envelope, domain: Uint8Array): LogInput | undefined {
  const known = peeked.get(envelope)
  if (known !== undefined) return known
  const input = parseStatement(envelope, domain)
  if (input !== undefined) peeked.set(envelope, input)
  return input
}

/** True if the input's signature was checked before, so that {@link readInput} costs nothing. */
export function isVerified(envelope: Envelope): boolean {
  return verified.has(envelope)
}

/**
 * What `envelope` would be in an entry of `account`'s log: an `input` of its own, or an `offer`, which any log may
 * take; `undefined` if it has no place there. Looks at its kind, shape and size; its signature is not verified.
 */
export function kindInLog(envelope: Envelope, account: WalletKey, domain: Uint8Array): 'input' | 'offer' | undefined {
  if (envelope.kind === PROFILE || envelope.kind === LOAD)
    return envelope.raw.length <= limits.offerBytes ? 'offer' : undefined
  const input = peekStatement(envelope, domain)
  return input !== undefined && accountOf(input) === account ? 'input' : undefined
}

const verified = new WeakMap<Envelope, Input>()
const peeked = new WeakMap<Envelope, LogInput>()

function isOffer(input: Input): input is Exclude<Input, LogInput> {
  return input.kind === PROFILE || input.kind === LOAD
}

function readOffer(envelope: Envelope, domain: Uint8Array): Input | undefined {
  if (envelope.kind === PROFILE) {
    const profile = readProfile(envelope, domain)
    return profile && { kind: PROFILE, envelope, profile }
  }
  const load = readLoad(envelope, domain)
  return load && { kind: LOAD, envelope, load }
}

function parseStatement(envelope: Envelope, domain: Uint8Array): LogInput | undefined {
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

/**
 * True if a result whose canonical output has `outputBytes` carries it: up to `limits.carriedOutputBytes` always; where
 * results are compared by content, up to `limits.comparableOutputBytes`, and three times that for all replicas of the
 * job together.
 */
export function carriesOutput(spec: JobSpec, outputBytes: number): boolean {
  if (outputBytes <= limits.carriedOutputBytes) return true
  if (spec.comparator.type === 'exact') return false
  return outputBytes <= limits.comparableOutputBytes && outputBytes * spec.replicas <= 3 * limits.comparableOutputBytes
}

/** The account whose log an input is for; `undefined` for a profile or a load, which any log may take. */
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
