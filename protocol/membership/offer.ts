/**
 * Offers: signed, expiring, sequence-numbered advertisements. A *profile* is slow (hardware, engines, price, region); a
 * *load* delta is small and refers to the peer's newest profile. Placement sees the two folded into one {@link Offer}.
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { amount, nat } from '../shapes.ts'
import { decode, type Plain } from '../wire/canonical.ts'
import { type Envelope, seal, verifyEnvelope } from '../wire/envelope.ts'
import type { PeerKey, Signer } from '../wire/keys.ts'

/** What a peer has and asks for, as it says itself: nothing of it is proven. Changes rarely. */
export interface Profile {
  /** Grows with each profile of this peer: the highest counts; two with one number exclude the peer from an entry. */
  readonly seq: number
  /** Valid until, milliseconds since 1970. */
  readonly expiresMs: number
  /** Engine types that its self-test passed. */
  readonly engines: readonly string[]
  /** Replicas that it runs at once, 0 to 4,096. */
  readonly slots: number
  /** Memory that one replica may use. */
  readonly memoryBytes: number
  /** GPU memory that one replica may use; 0: no GPU. */
  readonly gpuMemoryBytes: number
  /** Names of the models that it has loaded or cached. */
  readonly models: readonly string[]
  /** A name that posters can ask for; nobody defines them. */
  readonly region: string
  /** Micro-credits per second of one replica, below 2^48. */
  readonly pricePerSecond: bigint
  /** Relative speed in thousandths, 1 to 1,000,000: 1,000 is the reference machine. */
  readonly speedMilli: number
}

/** What changes by the second. */
export interface Load {
  /** Grows with each load of this peer, as a profile's does. */
  readonly seq: number
  /** Valid until, milliseconds since 1970. */
  readonly expiresMs: number
  /** Slots that were free when it was signed. */
  readonly freeSlots: number
  /** Work accepted and not finished, predicted milliseconds. */
  readonly backlogMs: number
}

/** A peer's newest profile with its newest load: what placement ranks. Valid until the earlier end of the two. */
export interface Offer {
  /** Who signed both. */
  readonly peer: PeerKey
  readonly profile: Profile
  readonly load: Load
}

/** Kind of an envelope that holds a {@link Profile}. */
export const PROFILE = 'profile'
/** Kind of one that holds a {@link Load}. */
export const LOAD = 'load'

/** Signs a peer's profile for the network of `domain`. Bounds are the reader's to check. */
export function sealProfile(profile: Profile, domain: Uint8Array, signer: Signer): Envelope {
  return seal(PROFILE, { ...profile } satisfies { [K in keyof Profile]: Plain }, domain, signer)
}

/** Signs a peer's load for the network of `domain`. */
export function sealLoad(load: Load, domain: Uint8Array, signer: Signer): Envelope {
  return seal(LOAD, { ...load } satisfies { [K in keyof Load]: Plain }, domain, signer)
}

/**
 * The profile in `envelope`; `undefined` if its kind, shape, size (`limits.offerBytes`) or signature is wrong.
 * Remembered per envelope object. Whether the signer is a member is not looked at.
 */
export function readProfile(envelope: Envelope, domain: Uint8Array): Profile | undefined {
  return read(envelope, PROFILE, profileSchema, domain)
}

/** The load in `envelope`, as {@link readProfile} does it. */
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
