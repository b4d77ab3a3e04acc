/** How a peer becomes a member on chain and stops being one: registration, stake, seats. Amounts in micro-credits. */
import { LAMPORTS_PER_SOL, PublicKey, SystemProgram } from '@solana/web3.js'
import * as payments from '#programs/client/payments.ts'
import { type NodeRecord, readBalance, readNode, readSeats, type SeatRecord } from '#programs/client/read.ts'
import * as registry from '#programs/client/registry.ts'
import { WeftError } from '#protocol/errors.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import { type ChainNetwork, keypairOf } from './cluster.ts'
import { networkRecord } from './epoch.ts'
import { chainError } from './errors.ts'
import type { Key } from './found.ts'
import { send } from './send.ts'
import { openTokens, tokensOf } from './tokens.ts'

export interface NodeState {
  readonly peer: PeerKey
  readonly owner: WalletKey
  readonly staked: bigint
  readonly unbonding: bigint
  readonly seats: number
  readonly slashed: boolean
  /** What one seat needs. */
  readonly minStake: bigint
  readonly networkEpoch: number
  /** Last epoch in which it serves; undefined without a seat. */
  readonly servesUntil: number | undefined
  /** What the peer can pay for settlements and duties, lamports. */
  readonly peerLamports: bigint
}

/** Lamports that a peer gets to pay for settlements, if it has fewer. */
const PEER_LAMPORTS = LAMPORTS_PER_SOL / 20

/** The peer's registration; undefined if it has none. */
export async function nodeState(chain: ChainNetwork, peer: PeerKey): Promise<NodeState | undefined> {
  const { epoch, minStake } = await networkRecord(chain)
  try {
    const key = new PublicKey(peer)
    const node = (await readNode(chain.programs, { network: chain.address, peer: key })).value
    if (node === undefined) return undefined
    const seats = await seatsOf(chain, peer)
    const untils = seats.map(({ seat }) => Number(seat.until))
    return {
      peer,
      owner: node.owner.toBase58(),
      staked: node.staked,
      unbonding: node.unbonding,
      seats: node.seats,
      slashed: node.slashed,
      minStake,
      networkEpoch: Number(epoch),
      servesUntil: untils.length === 0 ? undefined : Math.max(...untils),
      peerLamports: BigInt(await chain.connection.getBalance(key)),
    }
  } catch (error) {
    throw chainError(error, chain.rpcUrl)
  }
}

/**
 * Puts the peer into the registry for `owner`, who pays, opens the owner's balance, and gives the peer lamports for its
 * duties.
 */
export async function register(chain: ChainNetwork, { peer, owner }: { peer: Key; owner: Key }): Promise<string> {
  const wallet = keypairOf(owner)
  const key = keypairOf(peer)
  const { programs, address: network, connection } = chain
  const keys = { network, peer: key.publicKey, owner: wallet.publicKey }
  const instructions = [await registry.register(programs, keys, new Uint8Array(32))]
  try {
    const payee = { network, payee: wallet.publicKey }
    if ((await readBalance(programs, payee)).value === undefined)
      instructions.push(await payments.openBalance(programs, { ...payee, payer: wallet.publicKey }))
    const lamports = PEER_LAMPORTS - (await connection.getBalance(key.publicKey))
    if (lamports > 0)
      instructions.push(SystemProgram.transfer({ fromPubkey: wallet.publicKey, toPubkey: key.publicKey, lamports }))
  } catch (error) {
    throw chainError(error, chain.rpcUrl)
  }
  return send(chain, instructions, [wallet, key])
}

/**
 * Stakes `amount` of the owner's tokens for the peer, and takes every seat that the stake then covers; they serve from
 * the next epoch.
 */
export async function addStake(
  chain: ChainNetwork,
  { peer, owner, amount }: { peer: PeerKey; owner: Key; amount: bigint },
): Promise<{ readonly signatures: readonly string[]; readonly seats: number }> {
  const wallet = keypairOf(owner)
  const { programs, address: network } = chain
  const { mint, minStake } = await networkRecord(chain)
  const keys = { network, peer: new PublicKey(peer), owner: wallet.publicKey }
  const source = tokensOf(mint, wallet.publicKey)
  const stake = { source, stakeVault: tokensOf(mint, network), amount }
  const signatures = [await send(chain, [await registry.stake(programs, keys, stake)], [wallet])]
  const node = await mustHaveNode(chain, peer)
  const wanted = Number(node.staked / minStake)
  for (let held = node.seats; held < wanted; held++) {
    const seat = await vacantSeat(chain)
    signatures.push(await send(chain, [await registry.takeSeat(programs, keys, seat)], [wallet]))
  }
  return { signatures, seats: wanted }
}

/**
 * Gives up the seats that the rest does not cover, then begins to unbond `amount`. STAKE_HELD comes as CHAIN_REFUSED
 * while a seat still serves.
 */
export async function removeStake(
  chain: ChainNetwork,
  { peer, owner, amount }: { peer: PeerKey; owner: Key; amount: bigint },
): Promise<readonly string[]> {
  const wallet = keypairOf(owner)
  const { programs, address: network } = chain
  const { minStake } = await networkRecord(chain)
  const node = await mustHaveNode(chain, peer)
  if (amount > node.staked) throw new WeftError('CREDITS_SHORT', `only ${node.staked} micro-credits are staked`)
  const covered = Number((node.staked - amount) / minStake)
  const signatures: string[] = []
  const surplus = (await seatsOf(chain, peer)).slice(covered)
  for (const { index } of surplus) {
    const at = { network, peer: new PublicKey(peer), signer: wallet.publicKey }
    signatures.push(await send(chain, [await registry.releaseSeat(programs, at, index)], [wallet]))
  }
  const keys = { network, peer: new PublicKey(peer), owner: wallet.publicKey }
  signatures.push(await send(chain, [await registry.unstake(programs, keys, amount)], [wallet]))
  return signatures
}

/** Pays unbonded stake back to the owner's tokens. CHAIN_REFUSED (stillUnbonding) before the wait is over. */
export async function withdrawStake(
  chain: ChainNetwork,
  { peer, owner }: { peer: PeerKey; owner: Key },
): Promise<{ readonly amount: bigint; readonly signature: string }> {
  const wallet = keypairOf(owner)
  const { programs, address: network } = chain
  const { mint } = await networkRecord(chain)
  const { unbonding } = await mustHaveNode(chain, peer)
  const keys = { network, peer: new PublicKey(peer), owner: wallet.publicKey }
  const where = { stakeVault: tokensOf(mint, network), destination: tokensOf(mint, wallet.publicKey) }
  const instructions = [
    openTokens(wallet.publicKey, mint, wallet.publicKey),
    await registry.withdrawStake(programs, keys, where),
  ]
  return { amount: unbonding, signature: await send(chain, instructions, [wallet]) }
}

/** Takes a peer without stake and seats out of the registry. */
export async function deregister(chain: ChainNetwork, { peer, owner }: { peer: PeerKey; owner: Key }): Promise<string> {
  const wallet = keypairOf(owner)
  const keys = { network: chain.address, peer: new PublicKey(peer), owner: wallet.publicKey }
  return send(chain, [await registry.deregister(chain.programs, keys)], [wallet])
}

async function mustHaveNode(chain: ChainNetwork, peer: PeerKey): Promise<NodeRecord> {
  const node = await readNode(chain.programs, { network: chain.address, peer: new PublicKey(peer) }).catch(
    (error: unknown) => {
      throw chainError(error, chain.rpcUrl)
    },
  )
  if (node.value !== undefined) return node.value
  throw new WeftError('NOT_A_MEMBER', `the peer ${peer} is not registered on ${chain.networkId}`, {
    data: { next: 'weft register' },
  })
}

/** The seats that the peer holds, with their places in the table. */
async function seatsOf(chain: ChainNetwork, peer: PeerKey): Promise<{ seat: SeatRecord; index: number }[]> {
  const { value = [] } = await readSeats(chain.programs, chain.address)
  return value.flatMap((seat, index) => (seat.held && seat.peer.toBase58() === peer ? [{ seat, index }] : []))
}

/** A vacant entry of the table, or its length to append one. */
async function vacantSeat(chain: ChainNetwork): Promise<number> {
  const { epoch } = await networkRecord(chain)
  const { value = [] } = await readSeats(chain.programs, chain.address)
  const vacant = value.findIndex((seat) => !seat.held && seat.until < epoch)
  return vacant === -1 ? value.length : vacant
}
