/**
 * Instructions of `node_registry`. Each returns one instruction to be signed by those that its doc names, and sends
 * nothing.
 */

import { TOKEN_PROGRAM_ID } from '@solana/spl-token'
import {
  type PublicKey,
  SYSVAR_INSTRUCTIONS_PUBKEY,
  SYSVAR_SLOT_HASHES_PUBKEY,
  SystemProgram,
  type TransactionInstruction,
} from '@solana/web3.js'
import { toBN } from './numbers.ts'
import type { WeftPrograms } from './programs.ts'
import { creditAccountAddress } from './receipt-pdas.ts'
import { committeeAddress, networkAddress, networkIdHash, nodeAddress, seatsAddress } from './registry-pdas.ts'

/** The rules of a network, fixed at its creation. Stake in the mint's base units, delays in chain slots and seconds. */
export interface NetworkRules {
  readonly minStake: bigint
  readonly epochSlots: bigint
  readonly withdrawSlots: bigint
  readonly withdrawSeconds: bigint
  readonly unbondingSlots: bigint
  readonly unbondingSeconds: bigint
  readonly forceSlots: bigint
  readonly registrationLamports: bigint
  readonly crankLamports: bigint
  readonly feeBps: number
}

/** Signed by `payer`. `stakeVault` is an empty token account of `mint` whose owner is the network's address. */
export function initNetwork(
  { registry }: WeftPrograms,
  init: {
    readonly networkId: string
    readonly rules: NetworkRules
    readonly payer: PublicKey
    readonly treasury: PublicKey
    readonly mint: PublicKey
    readonly stakeVault: PublicKey
  },
): Promise<TransactionInstruction> {
  const { networkId, rules, payer, treasury, mint, stakeVault } = init
  const network = networkAddress(networkId)
  return registry.methods
    .initNetwork([...networkIdHash(networkId)], {
      treasury,
      minStake: toBN(rules.minStake),
      epochSlots: toBN(rules.epochSlots),
      withdrawSlots: toBN(rules.withdrawSlots),
      withdrawSeconds: toBN(rules.withdrawSeconds),
      unbondingSlots: toBN(rules.unbondingSlots),
      unbondingSeconds: toBN(rules.unbondingSeconds),
      forceSlots: toBN(rules.forceSlots),
      registrationLamports: toBN(rules.registrationLamports),
      crankLamports: toBN(rules.crankLamports),
      feeBps: rules.feeBps,
    })
    .accountsStrict({
      payer,
      network,
      seats: seatsAddress(network),
      mint,
      stakeVault,
      systemProgram: SystemProgram.programId,
    })
    .instruction()
}

/** Signed by `payer`. */
export function growSeats(
  { registry }: WeftPrograms,
  network: PublicKey,
  payer: PublicKey,
): Promise<TransactionInstruction> {
  return registry.methods
    .growSeats()
    .accountsStrict({ payer, seats: seatsAddress(network), systemProgram: SystemProgram.programId })
    .instruction()
}

/** A peer and the wallet that owns it. */
export interface NodeKeys {
  readonly network: PublicKey
  readonly peer: PublicKey
  readonly owner: PublicKey
}

/** Signed by owner and peer. `profile` is 32 bytes of the owner's choice. */
export function register(
  { registry }: WeftPrograms,
  keys: NodeKeys,
  profile: Uint8Array,
): Promise<TransactionInstruction> {
  const { network, peer, owner } = keys
  return registry.methods
    .register([...profile])
    .accountsStrict({ owner, peer, network, node: nodeAddress(network, peer), systemProgram: SystemProgram.programId })
    .instruction()
}

/** Signed by the owner. */
export function updateNode(
  { registry }: WeftPrograms,
  keys: NodeKeys,
  profile: Uint8Array,
): Promise<TransactionInstruction> {
  const { network, peer, owner } = keys
  return registry.methods
    .updateNode([...profile])
    .accountsStrict({ owner, node: nodeAddress(network, peer) })
    .instruction()
}

/** Signed by the owner, whose tokens `source` holds. */
export function stake(
  { registry }: WeftPrograms,
  keys: NodeKeys,
  init: { readonly source: PublicKey; readonly stakeVault: PublicKey; readonly amount: bigint },
): Promise<TransactionInstruction> {
  const { network, peer, owner } = keys
  const { source, stakeVault } = init
  return registry.methods
    .stake(toBN(init.amount))
    .accountsStrict({
      owner,
      network,
      node: nodeAddress(network, peer),
      source,
      stakeVault,
      tokenProgram: TOKEN_PROGRAM_ID,
    })
    .instruction()
}

/** Signed by the owner. */
export function unstake({ registry }: WeftPrograms, keys: NodeKeys, amount: bigint): Promise<TransactionInstruction> {
  const { network, peer, owner } = keys
  return registry.methods
    .unstake(toBN(amount))
    .accountsStrict({ owner, network, node: nodeAddress(network, peer) })
    .instruction()
}

/** Signed by the owner. */
export function withdrawStake(
  { registry }: WeftPrograms,
  keys: NodeKeys,
  init: { readonly stakeVault: PublicKey; readonly destination: PublicKey },
): Promise<TransactionInstruction> {
  const { network, peer, owner } = keys
  const { stakeVault, destination } = init
  return registry.methods
    .withdrawStake()
    .accountsStrict({
      owner,
      network,
      node: nodeAddress(network, peer),
      stakeVault,
      destination,
      tokenProgram: TOKEN_PROGRAM_ID,
    })
    .instruction()
}

/** Signed by the owner. */
export function deregister(
  { registry }: WeftPrograms,
  { network, peer, owner }: NodeKeys,
): Promise<TransactionInstruction> {
  return registry.methods
    .deregister()
    .accountsStrict({ owner, node: nodeAddress(network, peer) })
    .instruction()
}

/** Signed by the owner. `seat` is a vacant entry, or the table's length to append one. */
export function takeSeat({ registry }: WeftPrograms, keys: NodeKeys, seat: number): Promise<TransactionInstruction> {
  const { network, peer, owner } = keys
  return registry.methods
    .takeSeat(seat)
    .accountsStrict({ owner, network, node: nodeAddress(network, peer), seats: seatsAddress(network) })
    .instruction()
}

/** Signed by `signer`: the owner or the peer. */
export function renewSeats(
  { registry }: WeftPrograms,
  { network, peer, signer }: { readonly network: PublicKey; readonly peer: PublicKey; readonly signer: PublicKey },
  seats: readonly number[],
): Promise<TransactionInstruction> {
  return registry.methods
    .renewSeats([...seats])
    .accountsStrict({ signer, network, node: nodeAddress(network, peer), seats: seatsAddress(network) })
    .instruction()
}

/** Signed by the owner, or by anybody if the peer was slashed or left the seat for more than an epoch. */
export function releaseSeat(
  { registry }: WeftPrograms,
  { network, peer, signer }: { readonly network: PublicKey; readonly peer: PublicKey; readonly signer: PublicKey },
  seat: number,
): Promise<TransactionInstruction> {
  return registry.methods
    .releaseSeat(seat)
    .accountsStrict({ signer, network, node: nodeAddress(network, peer), seats: seatsAddress(network) })
    .instruction()
}

/** Signed by `cranker`, who is repaid. */
export function advanceEpoch(
  { registry }: WeftPrograms,
  network: PublicKey,
  cranker: PublicKey,
): Promise<TransactionInstruction> {
  return registry.methods
    .advanceEpoch()
    .accountsStrict({ cranker, network, seats: seatsAddress(network), slotHashes: SYSVAR_SLOT_HASHES_PUBKEY })
    .instruction()
}

/** Signed by `payer`, who gets the rent back. `epoch` must be the network's and the account's. */
export function pinCommittee(
  { registry }: WeftPrograms,
  {
    network,
    key,
    epoch,
    payer,
  }: { readonly network: PublicKey; readonly key: PublicKey; readonly epoch: bigint; readonly payer: PublicKey },
): Promise<TransactionInstruction> {
  return registry.methods
    .pinCommittee()
    .accountsStrict({
      payer,
      network,
      seats: seatsAddress(network),
      account: creditAccountAddress(network, key),
      committee: committeeAddress(network, key, epoch),
      systemProgram: SystemProgram.programId,
    })
    .instruction()
}

/** Anybody sends it; the rent goes to `payer`, who paid it. */
export function closeCommittee(
  { registry }: WeftPrograms,
  {
    network,
    key,
    epoch,
    payer,
  }: { readonly network: PublicKey; readonly key: PublicKey; readonly epoch: bigint; readonly payer: PublicKey },
): Promise<TransactionInstruction> {
  return registry.methods
    .closeCommittee()
    .accountsStrict({
      payer,
      committee: committeeAddress(network, key, epoch),
      account: creditAccountAddress(network, key),
    })
    .instruction()
}

/** Anybody sends it, right behind `verifyEach` of the two signed headers. */
export function slash(
  { registry }: WeftPrograms,
  network: PublicKey,
  peer: PublicKey,
): Promise<TransactionInstruction> {
  return registry.methods
    .slash()
    .accountsStrict({ network, node: nodeAddress(network, peer), instructions: SYSVAR_INSTRUCTIONS_PUBKEY })
    .instruction()
}

/** Anybody sends it; `destination` is a token account of the treasury. */
export function sweepSlashed(
  { registry }: WeftPrograms,
  {
    network,
    stakeVault,
    destination,
  }: { readonly network: PublicKey; readonly stakeVault: PublicKey; readonly destination: PublicKey },
): Promise<TransactionInstruction> {
  return registry.methods
    .sweepSlashed()
    .accountsStrict({ network, stakeVault, destination, tokenProgram: TOKEN_PROGRAM_ID })
    .instruction()
}
