/**
 * The two ways into a private network: founding one, and being invited to one. Both write the folder that the ledger
 * then opens.
 */
import { z } from 'zod'
import type { Clock } from '#node/ports/clock.ts'
import { WeftError } from '#protocol/errors.ts'
import { limits } from '#protocol/limits.ts'
import type { Signer, WalletKey } from '#protocol/wire/keys.ts'
import { openFiles, type RosterFiles } from './files.ts'
import { type Invite, parseToken } from './invite.ts'
import {
  nameSchema,
  networkOf,
  ROSTER_WALLETS_MAX,
  type RosterMember,
  type SealedRoster,
  sealRoster,
} from './roster.ts'

/**
 * Founds a network (`weft init`): writes version 1 of its roster into `dir`. Rejects with CONFIG_INVALID if the folder
 * belongs to a network already, or if a name or amount is out of range.
 */
export async function createRoster(options: {
  dir: string
  founder: Signer
  members: readonly RosterMember[]
  /** Micro-credits that each known wallet may owe. */
  creditLine: bigint
  /** Micro-credits for wallets that nobody knows; 0 unless this is a network for development. */
  openCredit?: bigint
  wallets?: readonly WalletKey[]
  clock: Clock
}): Promise<{ networkId: string }> {
  const { dir, founder, members, creditLine, openCredit = 0n, wallets = [], clock } = options
  const files = openFiles(dir)
  const networkId = networkOf(founder.key)
  const existing = files.readText('network')
  if (existing !== undefined) throw new WeftError('CONFIG_INVALID', `${dir} belongs to the network ${existing} already`)
  const sealed = signRoster(
    {
      network: networkId,
      version: 1,
      founder: founder.key,
      previous: new Uint8Array(32),
      creditLine,
      openCredit,
      wallets,
      members,
      createdMs: clock.wallMs(),
    },
    founder,
  )
  files.writeText('signed', '1')
  files.writeRoster(1, sealed.raw)
  files.writeText('network', networkId)
  return { networkId }
}

/** Signs a roster, after checking that every peer will accept it (CONFIG_INVALID). */
export function signRoster(roster: SealedRoster['roster'], founder: Signer): SealedRoster {
  if (roster.members.length > limits.rosterMembers) {
    throw new WeftError('CONFIG_INVALID', `a roster holds at most ${limits.rosterMembers} members`)
  }
  if (roster.wallets.length > ROSTER_WALLETS_MAX) {
    throw new WeftError('CONFIG_INVALID', `a roster lists at most ${ROSTER_WALLETS_MAX} wallets`)
  }
  const bad = roster.members.find((member) => !nameSchema.safeParse(member.name).success)
  if (bad !== undefined) throw new WeftError('CONFIG_INVALID', 'a name has at most 64 printable characters')
  if (new Set(roster.members.map(({ peer }) => peer)).size !== roster.members.length) {
    throw new WeftError('CONFIG_INVALID', 'a peer is a member once')
  }
  for (const amount of [roster.creditLine, roster.openCredit]) {
    if (amount < 0n || amount >= 1n << 62n) throw new WeftError('CONFIG_INVALID', 'a credit line is between 0 and 2^62')
  }
  return sealRoster(roster, founder)
}

/** A request to join that waits for the founder's answer. */
export interface PendingJoin {
  readonly token: string
  readonly owner: WalletKey
  readonly name: string
}

/**
 * Prepares to join a network (`weft join`): checks the token and writes it into `dir`, where the ledger finds it at its
 * next start and asks until it is answered. TOKEN_INVALID if the token is no good, or `dir` belongs to another network.
 */
export async function joinRoster(options: { dir: string; clock: Clock } & PendingJoin): Promise<Invite> {
  return prepareJoin(openFiles(options.dir), options, options.clock.wallMs())
}

/** {@link joinRoster} on open files. */
export function prepareJoin(files: RosterFiles, join: PendingJoin, nowMs: number): Invite {
  const { invite } = parseToken(join.token, nowMs)
  const existing = files.readText('network')
  if (existing !== undefined && existing !== invite.network) {
    throw new WeftError('TOKEN_INVALID', `the token is for ${invite.network}, but this peer belongs to ${existing}`)
  }
  if (!nameSchema.safeParse(join.name).success) {
    throw new WeftError('CONFIG_INVALID', 'a name has at most 64 printable characters')
  }
  const { token, owner, name } = join
  files.writeText('join.json', JSON.stringify({ token, owner, name } satisfies PendingJoin))
  files.writeText('network', invite.network)
  return invite
}

/** The request that waits in `files`, if there is one that can be read. */
export function readPendingJoin(files: RosterFiles): PendingJoin | undefined {
  const text = files.readText('join.json')
  if (text === undefined) return undefined
  try {
    return pendingSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

const pendingSchema = z.object({ token: z.string(), owner: z.string(), name: z.string() })
