/**
 * Offers: signed, expiring, sequence-numbered advertisements. A *profile* is slow (hardware, engines, price, region); a *load*
 * delta is small and refers to the peer's newest profile. Placement sees the two folded into one {@link Offer}.
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { amount, nat } from '../shapes.ts'
import { decode, type Plain } from '../wire/canonical.ts'
import { type Envelope, seal, verifyEnvelope } from '../wire/envelope.ts'
import type { PeerKey, Signer } from '../wire/keys.ts'

/** What a peer has and asks for. Changes rarely. */
export interface Profile {
  /** Grows with each profile of this peer. */
  readonly seq: number
  /** Valid until, milliseconds since 1970. */
  readonly expiresMs: number
  /** Engine types that its self-test passed. */
  readonly engines: readonly string[]
  /** Replicas that it runs at once. */
  readonly slots: number
  readonly memoryBytes: number
  readonly gpuMemoryBytes: number
  readonly models: readonly string[]
  readonly region: string
  /** Micro-credits per second of one replica. */
  readonly pricePerSecond: bigint
  /** Relative speed in thousandths: 1,000 is the reference machine. */
  readonly speedMilli: number
}

/** What changes by the second. */
export interface Load {
  readonly seq: number
  readonly expiresMs: number
  /** Slots that are free now. */
  readonly freeSlots: number
  /** Work accepted and not finished, predicted milliseconds. */
  readonly backlogMs: number
}

/** A peer's newest profile with its newest load: what placement ranks. */
export interface Offer {
  readonly peer: PeerKey
  readonly profile: Profile
  readonly load: Load
}

export const PROFILE = 'profile'
export const LOAD = 'load'

export function sealProfile(profile: Profile, domain: Uint8Array, signer: Signer): Envelope {
  return seal(PROFILE, { ...profile } satisfies { [K in keyof Profile]: Plain }, domain, signer)
}

export function sealLoad(load: Load, domain: Uint8Array, signer: Signer): Envelope {
  return seal(LOAD, { ...load } satisfies { [K in keyof Load]: Plain }, domain, signer)
}

/** The profile in a verified envelope, or `undefined`: wrong kind, shape or size, or a signature that does not verify. */
export function readProfile(envelope: Envelope, domain: Uint8Array): Profile | undefined {
  return read(envelope, PROFILE, profileSchema, domain)
}

/** The load in a verified envelope, or `undefined`. */
export function readLoad(envelope: Envelope, domain: Uint8Array): Load | undefined {
  return read(envelope, LOAD, loadSchema, domain)
}

const name = z.string().min(1).max(128)

const profileSchema = z.strictObject({
  seq: nat,
  expiresMs: nat,
  engines: z.array(name).max(32),
  slots: nat.max(4_096),
  memoryBytes: nat,
  gpuMemoryBytes: nat,
  models: z.array(name).max(64),
  region: z.string().max(64),
  pricePerSecond: amount.refine((value) => value < 1n << 48n),
  speedMilli: nat.min(1).max(1_000_000),
})

const loadSchema = z.strictObject({ seq: nat, expiresMs: nat, freeSlots: nat.max(4_096), backlogMs: nat })

const memo = new WeakMap<Envelope, Profile | Load>()

function read<T extends Profile | Load>(
  envelope: Envelope,
  kind: string,
  schema: z.ZodType<T>,
  domain: Uint8Array,
): T | undefined {
  if (envelope.kind !== kind || envelope.raw.length > limits.offerBytes) return undefined
  const known = memo.get(envelope)
  if (known !== undefined) return known as T
  const parsed = schema.safeParse(decode(envelope.body))
  if (!parsed.success || !verifyEnvelope(envelope, domain)) return undefined
  memo.set(envelope, parsed.data)
  return parsed.data
}
