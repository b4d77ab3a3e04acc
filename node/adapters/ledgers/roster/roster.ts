/**
 * The roster: the list of members of a private network, signed by its founder. Each version names the hash of the one
 * before, so a newest roster vouches for the whole history; the hash of a version is the beacon of its epoch.
 */
import { z } from 'zod'
import { limits } from '#protocol/limits.ts'
import { type Member, type RegistryView, rosterView } from '#protocol/membership/registry.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { type Envelope, seal, verifyEnvelope } from '#protocol/wire/envelope.ts'
import { sha256 } from '#protocol/wire/hash.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { isKey, type PublicKey, type Signer, type WalletKey } from '#protocol/wire/keys.ts'

export const ROSTER = 'roster'
/** Wallets without a peer that may post; each costs every message that carries a roster 46 bytes. */
export const ROSTER_WALLETS_MAX = 4_096
/** A full roster: members of about 200 bytes and wallets of 46. Larger ledger messages are dropped unread. */
export const ROSTER_BYTES_MAX = 512 * 1_024
/** Versions that every peer keeps, so that accounts of older epochs can be followed. */
export const ROSTERS_KEPT = 64

export interface RosterMember extends Member {
  /** What people call the peer; up to 64 characters, none of them a control character. */
  readonly name: string
}

export interface Roster {
  readonly network: string
  /** 1, 2, 3, …: the epoch. */
  readonly version: number
  readonly founder: WalletKey
  /** Hash of the previous version; 32 zero bytes in version 1. */
  readonly previous: Uint8Array
  /** Micro-credits that the owner of a member, or a wallet in `wallets`, may owe the others. */
  readonly creditLine: bigint
  /** Micro-credits for every other wallet; 0 in a network that knows its people. */
  readonly openCredit: bigint
  /** Wallets without a peer that may post. */
  readonly wallets: readonly WalletKey[]
  readonly members: readonly RosterMember[]
  readonly createdMs: number
}

/** A roster with its signed bytes. */
export interface SealedRoster {
  readonly roster: Roster
  readonly raw: Uint8Array
  /** SHA-256 of `raw`: the epoch's beacon. */
  readonly hash: Uint8Array
  readonly view: RegistryView
}

/** Name of the network that `founder` founded. */
export function networkOf(founder: PublicKey): string {
  return `roster:${founder}`
}

/** The founder of a roster network, or `undefined` if `networkId` does not name one. */
export function founderOf(networkId: string): PublicKey | undefined {
  const key = networkId.startsWith('roster:') ? networkId.slice('roster:'.length) : undefined
  return isKey(key) ? key : undefined
}

export function sealRoster(roster: Roster, founder: Signer): SealedRoster {
  const statement = {
    ...roster,
    wallets: [...roster.wallets],
    members: roster.members.map((member) => ({ ...member })),
  }
  return sealed(roster, seal(ROSTER, statement, networkDomain(roster.network), founder).raw)
}

/**
 * The roster that an envelope claims to be, or `undefined` if it is not one of this network. Its signature is not
 * judged: call {@link verifyRoster} before believing it. Cheap, so that what is already known costs no signature check.
 */
export function readRoster(envelope: Envelope, networkId: string): SealedRoster | undefined {
  const founder = founderOf(networkId)
  if (envelope.kind !== ROSTER || envelope.signer !== founder || envelope.raw.length > ROSTER_BYTES_MAX)
    return undefined
  const parsed = rosterSchema.safeParse(decode(envelope.body))
  if (!parsed.success || parsed.data.network !== networkId || parsed.data.founder !== founder) return undefined
  return sealed(parsed.data, envelope.raw)
}

/** True if the founder signed it for this network. */
export function verifyRoster(envelope: Envelope, networkId: string): boolean {
  return envelope.signer === founderOf(networkId) && verifyEnvelope(envelope, networkDomain(networkId))
}

/** Micro-credits that `account` may owe. */
export function creditOf(roster: Roster, account: WalletKey): bigint {
  const known = roster.wallets.includes(account) || roster.members.some((member) => member.owner === account)
  return known && roster.creditLine > roster.openCredit ? roster.creditLine : roster.openCredit
}

/** Base58 of 32 bytes. */
export const keySchema = z.string().refine(isKey)
/** Printable text of up to 64 characters: it ends up on terminals. */
export const nameSchema = z
  .string()
  .max(64)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u)
/** Micro-credits that fit the header's fields with room for sums. */
export const amountSchema = z
  .union([z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER), z.bigint().nonnegative()])
  .transform(BigInt)
  .refine((value) => value < 1n << 62n)

const rosterSchema = z.strictObject({
  network: z.string().max(64),
  version: z.number().int().min(1).max(limits.heightMax),
  founder: keySchema,
  previous: z.instanceof(Uint8Array).refine((hash) => hash.length === 32),
  creditLine: amountSchema,
  openCredit: amountSchema,
  wallets: z.array(keySchema).max(ROSTER_WALLETS_MAX),
  members: z
    .array(z.strictObject({ peer: keySchema, owner: keySchema, name: nameSchema }))
    .max(limits.rosterMembers)
    .refine((members) => new Set(members.map(({ peer }) => peer)).size === members.length),
  createdMs: z.number().int().nonnegative(),
})

function sealed(roster: Roster, raw: Uint8Array): SealedRoster {
  const hash = sha256(raw)
  const members = roster.members.map(({ peer, owner }) => ({ peer, owner }))
  return { roster, raw, hash, view: rosterView(roster.version, hash, members) }
}
