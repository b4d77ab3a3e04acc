/**
 * Typed reads of the programs' accounts. `minSlot` refuses an answer from a node that lags behind what the caller has
 * seen.
 */
import { type Commitment, PublicKey } from '@solana/web3.js'
import type { RegistryView } from '#protocol/membership/registry.ts'
import { fromBN } from './numbers.ts'
import type { WeftPrograms } from './programs.ts'
import { creditAccountAddress, vaultAddress } from './receipt-pdas.ts'
import type { AccountKey } from './receipts.ts'
import { committeeAddress, nodeAddress, seatsAddress } from './registry-pdas.ts'
import { isLagging, sleep } from './retry.ts'
import { balanceAddress, ledgerAddress } from './splitter-pdas.ts'

export interface ReadOptions {
  readonly commitment?: Commitment
  /** Lowest chain slot that the answer may reflect. */
  readonly minSlot?: number
}

/** What was read, and the chain slot that it reflects. */
export interface AtSlot<T> {
  readonly slot: number
  readonly value: T
}

/** Bytes of the account at `address`; undefined if there is none. */
export async function readBytes(
  { registry }: WeftPrograms,
  address: PublicKey,
  { commitment = 'confirmed', minSlot }: ReadOptions = {},
): Promise<AtSlot<Uint8Array | undefined>> {
  const config = minSlot === undefined ? { commitment } : { commitment, minContextSlot: minSlot }
  const { context, value } = await whenCaughtUp(() =>
    registry.provider.connection.getAccountInfoAndContext(address, config),
  )
  return { slot: context.slot, value: value === null || value.data.length === 0 ? undefined : value.data }
}

/** Asks again, for 5 s at most, while the node says that it has not seen the asked slot. */
async function whenCaughtUp<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (!isLagging(error) || attempt === LAGGING_READS_MAX) throw error
      await sleep(LAGGING_MS, undefined)
    }
  }
}

const LAGGING_MS = 200
const LAGGING_READS_MAX = 25

export interface NetworkRecord {
  readonly domain: Uint8Array
  readonly mint: PublicKey
  readonly stakeVault: PublicKey
  readonly treasury: PublicKey
  readonly minStake: bigint
  readonly epochSlots: bigint
  readonly withdrawSlots: bigint
  readonly withdrawSeconds: bigint
  readonly forceSlots: bigint
  readonly feeBps: number
  readonly epoch: bigint
  readonly epochStart: bigint
  readonly epochSeats: number
  readonly beacon: Uint8Array
  readonly slashed: bigint
}

export async function readNetwork(
  programs: WeftPrograms,
  network: PublicKey,
  options: ReadOptions = {},
): Promise<AtSlot<NetworkRecord | undefined>> {
  const { slot, value } = await readBytes(programs, network, options)
  return { slot, value: value && decodeNetwork(programs, value) }
}

export function decodeNetwork({ registry }: WeftPrograms, data: Uint8Array): NetworkRecord {
  const raw = registry.coder.accounts.decode<Awaited<ReturnType<typeof registry.account.network.fetch>>>(
    'network',
    Buffer.from(data),
  )
  return {
    domain: Uint8Array.from(raw.domain),
    mint: raw.mint,
    stakeVault: raw.stakeVault,
    treasury: raw.treasury,
    minStake: fromBN(raw.minStake),
    epochSlots: fromBN(raw.epochSlots),
    withdrawSlots: fromBN(raw.withdrawSlots),
    withdrawSeconds: fromBN(raw.withdrawSeconds),
    forceSlots: fromBN(raw.forceSlots),
    feeBps: raw.feeBps,
    epoch: fromBN(raw.epoch),
    epochStart: fromBN(raw.epochStart),
    epochSeats: raw.epochSeats,
    beacon: Uint8Array.from(raw.beacon),
    slashed: fromBN(raw.slashed),
  }
}

export interface NodeRecord {
  readonly peer: PublicKey
  readonly owner: PublicKey
  readonly profile: Uint8Array
  readonly staked: bigint
  readonly unbonding: bigint
  readonly seats: number
  readonly slashed: boolean
}

export async function readNode(
  programs: WeftPrograms,
  { network, peer }: { readonly network: PublicKey; readonly peer: PublicKey },
  options: ReadOptions = {},
): Promise<AtSlot<NodeRecord | undefined>> {
  const { slot, value } = await readBytes(programs, nodeAddress(network, peer), options)
  return { slot, value: value && decodeNode(programs, value) }
}

export function decodeNode({ registry }: WeftPrograms, data: Uint8Array): NodeRecord {
  const raw = registry.coder.accounts.decode<Awaited<ReturnType<typeof registry.account.node.fetch>>>(
    'node',
    Buffer.from(data),
  )
  const { peer, owner, seats, slashed } = raw
  return {
    peer,
    owner,
    profile: Uint8Array.from(raw.profile),
    staked: fromBN(raw.staked),
    unbonding: fromBN(raw.unbonding),
    seats,
    slashed,
  }
}

/** One entry of the slot table. */
export interface SeatRecord {
  readonly peer: PublicKey
  readonly owner: PublicKey
  readonly from: bigint
  readonly until: bigint
  readonly held: boolean
}

export async function readSeats(
  programs: WeftPrograms,
  network: PublicKey,
  options: ReadOptions = {},
): Promise<AtSlot<SeatRecord[] | undefined>> {
  const { slot, value } = await readBytes(programs, seatsAddress(network), options)
  return { slot, value: value && decodeSeats(value) }
}

const SEATS_LENGTH_AT = 8 + 40
const SEATS_AT = 56
const SEAT_BYTES = 88

/** The table's entries; throws RangeError if `data` is no slot table. */
export function decodeSeats(data: Uint8Array): SeatRecord[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const count = view.getUint32(SEATS_LENGTH_AT, true)
  return Array.from({ length: count }, (_, i) => {
    const at = SEATS_AT + SEAT_BYTES * i
    return {
      peer: keyAt(data, at),
      owner: keyAt(data, at + 32),
      from: view.getBigUint64(at + 64, true),
      until: view.getBigUint64(at + 72, true),
      held: view.getBigUint64(at + 80, true) === 1n,
    }
  })
}

/** The protocol's view of the registry in the network's epoch: what {@link drawCommittee} of the protocol takes. */
export function registryView(network: NetworkRecord, seats: readonly SeatRecord[]): RegistryView {
  const serving = seats
    .slice(0, network.epochSeats)
    .map((seat) => (seat.from <= network.epoch && network.epoch <= seat.until ? seat : undefined))
  const owners = new Map(serving.flatMap((seat) => (seat ? [[seat.peer.toBase58(), seat.owner.toBase58()]] : [])))
  return {
    epoch: Number(network.epoch),
    beacon: network.beacon,
    members: [...owners].map(([peer, owner]) => ({ peer: peer ?? '', owner: owner ?? '' })),
    slots: serving.map((seat) => seat?.peer.toBase58()),
  }
}

export interface CommitteeRecord {
  readonly epoch: bigint
  readonly payer: PublicKey
  readonly witnesses: readonly PublicKey[]
  readonly q: number
}

export async function readCommittee(
  programs: WeftPrograms,
  { network, key, epoch }: AccountKey & { readonly epoch: bigint },
  options: ReadOptions = {},
): Promise<AtSlot<CommitteeRecord | undefined>> {
  const { slot, value } = await readBytes(programs, committeeAddress(network, key, epoch), options)
  return { slot, value: value && decodeCommittee(programs, value) }
}

export function decodeCommittee({ registry }: WeftPrograms, data: Uint8Array): CommitteeRecord {
  const raw = registry.coder.accounts.decode<Awaited<ReturnType<typeof registry.account.committee.fetch>>>(
    'committee',
    Buffer.from(data),
  )
  return { epoch: fromBN(raw.epoch), payer: raw.payer, witnesses: raw.witnesses.slice(0, raw.n), q: raw.q }
}

export interface CreditAccountRecord {
  readonly network: PublicKey
  readonly key: PublicKey
  readonly owner: PublicKey
  readonly job: Uint8Array
  readonly deadline: bigint
  readonly opened: bigint
  readonly deposited: bigint
  readonly withdrawn: bigint
  readonly authorised: bigint
  readonly pending: bigint
  readonly epoch: bigint
  /** When {@link pending} was asked for: chain slot, and Unix seconds. */
  readonly pendingSinceSlot: bigint
  readonly pendingSinceTime: bigint
  readonly forceSinceSlot: bigint
  readonly height: bigint
  readonly timeMs: bigint
  readonly spent: bigint
  readonly lastSeq: bigint
  readonly stateRoot: Uint8Array
}

export async function readCreditAccount(
  programs: WeftPrograms,
  { network, key }: AccountKey,
  options: ReadOptions = {},
): Promise<AtSlot<CreditAccountRecord | undefined>> {
  const { slot, value } = await readBytes(programs, creditAccountAddress(network, key), options)
  return { slot, value: value && decodeCreditAccount(programs, value) }
}

export function decodeCreditAccount({ receipt }: WeftPrograms, data: Uint8Array): CreditAccountRecord {
  const raw = receipt.coder.accounts.decode<Awaited<ReturnType<typeof receipt.account.creditAccount.fetch>>>(
    'creditAccount',
    Buffer.from(data),
  )
  return {
    network: raw.network,
    key: raw.key,
    owner: raw.owner,
    job: Uint8Array.from(raw.job),
    deadline: fromBN(raw.deadline),
    opened: fromBN(raw.opened),
    deposited: fromBN(raw.deposited),
    withdrawn: fromBN(raw.withdrawn),
    authorised: fromBN(raw.authorised),
    pending: fromBN(raw.pending),
    epoch: fromBN(raw.epoch),
    pendingSinceSlot: fromBN(raw.pendingSinceSlot),
    pendingSinceTime: fromBN(raw.pendingSinceTime),
    forceSinceSlot: fromBN(raw.forceSinceSlot),
    height: fromBN(raw.height),
    timeMs: fromBN(raw.timeMs),
    spent: fromBN(raw.spent),
    lastSeq: fromBN(raw.lastSeq),
    stateRoot: Uint8Array.from(raw.stateRoot),
  }
}

/** The vault's token account. */
export async function readVaultTokens(
  programs: WeftPrograms,
  network: PublicKey,
  options: ReadOptions = {},
): Promise<AtSlot<PublicKey | undefined>> {
  const { slot, value } = await readBytes(programs, vaultAddress(network), options)
  if (value === undefined) return { slot, value: undefined }
  const { receipt } = programs
  const raw = receipt.coder.accounts.decode<Awaited<ReturnType<typeof receipt.account.vault.fetch>>>(
    'vault',
    Buffer.from(value),
  )
  return { slot, value: raw.tokens }
}

export interface BalanceRecord {
  readonly payee: PublicKey
  readonly payer: PublicKey
  readonly credited: bigint
  readonly withdrawn: bigint
}

export async function readBalance(
  programs: WeftPrograms,
  { network, payee }: { readonly network: PublicKey; readonly payee: PublicKey },
  options: ReadOptions = {},
): Promise<AtSlot<BalanceRecord | undefined>> {
  const { slot, value } = await readBytes(programs, balanceAddress(network, payee), options)
  return { slot, value: value && decodeBalance(programs, value) }
}

export function decodeBalance({ splitter }: WeftPrograms, data: Uint8Array): BalanceRecord {
  const raw = splitter.coder.accounts.decode<Awaited<ReturnType<typeof splitter.account.balance.fetch>>>(
    'balance',
    Buffer.from(data),
  )
  return { payee: raw.payee, payer: raw.payer, credited: fromBN(raw.credited), withdrawn: fromBN(raw.withdrawn) }
}

export interface LedgerRecord {
  readonly payer: PublicKey
  readonly claimed: bigint
  readonly fees: bigint
  readonly feesCollected: bigint
  readonly capacity: number
  /** Lifetime totals paid, in the order of the first claims. */
  readonly paid: readonly { readonly payee: PublicKey; readonly paid: bigint }[]
}

export async function readLedger(
  programs: WeftPrograms,
  { network, key, opened }: AccountKey & { readonly opened: bigint },
  options: ReadOptions = {},
): Promise<AtSlot<LedgerRecord | undefined>> {
  const address = ledgerAddress(creditAccountAddress(network, key), opened)
  const { slot, value } = await readBytes(programs, address, options)
  return { slot, value: value && decodeLedger(value) }
}

const LEDGER_LENGTH_AT = 8 + 136
const PAID_AT = 152
const PAID_BYTES = 40

/** Throws RangeError if `data` is no ledger. */
export function decodeLedger(data: Uint8Array): LedgerRecord {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const count = view.getUint32(LEDGER_LENGTH_AT, true)
  const paid = Array.from({ length: count }, (_, i) => {
    const at = PAID_AT + PAID_BYTES * i
    return { payee: keyAt(data, at), paid: view.getBigUint64(at + 32, true) }
  })
  return {
    payer: keyAt(data, 72),
    claimed: view.getBigUint64(112, true),
    fees: view.getBigUint64(120, true),
    feesCollected: view.getBigUint64(128, true),
    capacity: Math.floor((data.length - PAID_AT) / PAID_BYTES),
    paid,
  }
}

function keyAt(data: Uint8Array, at: number): PublicKey {
  return new PublicKey(data.slice(at, at + 32))
}

/**
 * Lifetime micro-credits that an account's jobs may have spent in all: within the deposits that its owner has not
 * withdrawn or asked to withdraw, and within the authorisation. Witnesses admit up to here; what is pending may leave
 * at any moment.
 */
export function spendingLimit({ deposited, withdrawn, pending, authorised }: CreditAccountRecord): bigint {
  const held = deposited - withdrawn - pending
  return held < authorised ? held : authorised
}
