/**
 * Founds a network on a cluster, and gives its first members and wallets what they need. For development: whoever
 * founds it owns the mint.
 */
import { Keypair, LAMPORTS_PER_SOL, PublicKey, SystemProgram, type TransactionInstruction } from '@solana/web3.js'
import * as payments from '#programs/client/payments.ts'
import { JOB_RECEIPT_ID, NODE_REGISTRY_ID, PAYMENT_SPLITTER_ID } from '#programs/client/programs.ts'
import { vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import { WeftError } from '#protocol/errors.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import { type ChainNetwork, keypairOf } from './cluster.ts'
import { chainError } from './errors.ts'
import { type Bundle, sendAll } from './send-all.ts'
import { createMint, mintTo, openTokens, tokensOf } from './tokens.ts'

/** A key that we may sign with. */
export interface Key {
  readonly key: WalletKey
  readonly seed: Uint8Array
}

export type NetworkRules = registry.NetworkRules

/** Rules of a network for development: short waits, 100 credits of stake, the network's fee 2.5 %. */
export function developmentRules(epochSlots: bigint): NetworkRules {
  return {
    minStake: 100_000_000n,
    epochSlots,
    withdrawSlots: 4n,
    withdrawSeconds: 1n,
    unbondingSlots: 16n,
    unbondingSeconds: 2n,
    forceSlots: 8n,
    registrationLamports: 1_000_000n,
    crankLamports: 5_000n,
    feeBps: 250,
  }
}

/** Lamports for a wallet: rent and fees of a long development session. */
const WALLET_LAMPORTS = LAMPORTS_PER_SOL / 10
/** Lamports for a peer, which pays for settlements and their rent. */
const PEER_LAMPORTS = LAMPORTS_PER_SOL / 4
/** Payees that an account's ledger has room for at first. */
export const LEDGER_CAPACITY = 32

/**
 * Creates the network's token, vaults and registry; `founder` pays and owns the mint, `treasury` is another wallet,
 * which the fees go to. CHAIN_REFUSED if the id is taken.
 */
export async function foundNetwork(
  chain: ChainNetwork,
  { founder, rules, treasury }: { readonly founder: Key; readonly rules: NetworkRules; readonly treasury: WalletKey },
): Promise<{ readonly mint: WalletKey }> {
  await requirePrograms(chain)
  const { programs, address: network, networkId } = chain
  const payer = keypairOf(founder)
  const mint = Keypair.generate()
  const vault = vaultAddress(network)
  const init = {
    networkId,
    rules,
    payer: payer.publicKey,
    treasury: new PublicKey(treasury),
    mint: mint.publicKey,
    stakeVault: tokensOf(mint.publicKey, network),
  }
  const tokens = tokensOf(mint.publicKey, vault)
  const open = (owner: PublicKey): TransactionInstruction => openTokens(payer.publicKey, mint.publicKey, owner)
  await sendAll(chain, [
    {
      instructions: [...createMint(payer.publicKey, mint.publicKey), open(network), open(vault)],
      signers: [payer, mint],
    },
    {
      instructions: [
        await registry.initNetwork(programs, init),
        await receipts.initVault(programs, { network, payer: payer.publicKey, tokens }),
        await payments.openBalance(programs, { network, payee: new PublicKey(treasury), payer: payer.publicKey }),
      ],
      signers: [payer],
    },
  ])
  return { mint: mint.publicKey.toBase58() }
}

/** A peer that is to take part, with the wallet that stakes for it. */
export interface NewMember {
  readonly peer: Key
  readonly owner: Key
}

export interface Provision {
  /** Pays for everything, and mints. */
  readonly founder: Key
  readonly mint: WalletKey
  readonly stake: bigint
  readonly members: readonly NewMember[]
  /**
   * Wallets that get an account with so many micro-credits in it, all of it authorised; what is left of `tokens` stays
   * in the wallet.
   */
  readonly posters: readonly { readonly wallet: Key; readonly deposit: bigint; readonly tokens: bigint }[]
}

/**
 * Registers and stakes the members, with a seat each, and opens and funds the posters' accounts. They take part from
 * the next epoch.
 */
export async function provision(chain: ChainNetwork, options: Provision): Promise<void> {
  const founder = keypairOf(options.founder)
  const mint = new PublicKey(options.mint)
  const gifts = [
    ...options.members.map(({ peer, owner }) => ({ owner, peer, tokens: options.stake })),
    ...options.posters.map(({ wallet, tokens }) => ({ owner: wallet, peer: undefined, tokens })),
  ]
  await sendAll(chain, await Promise.all(gifts.map((gift) => giftOf(chain, { founder, mint, ...gift }))))
  const joins = await Promise.all(
    options.members.map((member, seat) => joinOf(chain, { ...member, mint, stake: options.stake, seat })),
  )
  const opens = await Promise.all(options.posters.map((poster) => openingOf(chain, { ...poster, mint })))
  await sendAll(chain, [...joins, ...opens])
}

/** CHAIN_REFUSED if the cluster does not have the programs. */
async function requirePrograms({ connection, rpcUrl }: ChainNetwork): Promise<void> {
  const ids = [NODE_REGISTRY_ID, JOB_RECEIPT_ID, PAYMENT_SPLITTER_ID]
  const found = await connection.getMultipleAccountsInfo(ids).catch((error: unknown) => {
    throw chainError(error, rpcUrl)
  })
  const missing = ids.filter((_, i) => found[i]?.executable !== true)
  if (missing.length > 0)
    throw new WeftError('CHAIN_REFUSED', `${rpcUrl} does not have the program ${missing[0]?.toBase58()}`, {
      data: { next: 'deploy programs/deploy/*.so there, or use weft chain' },
    })
}

async function giftOf(
  { programs, address: network }: ChainNetwork,
  parts: { founder: Keypair; mint: PublicKey; owner: Key; peer: Key | undefined; tokens: bigint },
): Promise<Bundle> {
  const { founder, mint } = parts
  const from = founder.publicKey
  const owner = new PublicKey(parts.owner.key)
  const send = (to: PublicKey, lamports: number): TransactionInstruction =>
    SystemProgram.transfer({ fromPubkey: from, toPubkey: to, lamports })
  const instructions = [send(owner, WALLET_LAMPORTS), ...mintTo(from, { mint, owner, amount: parts.tokens })]
  if (parts.peer !== undefined)
    instructions.push(
      send(new PublicKey(parts.peer.key), PEER_LAMPORTS),
      await payments.openBalance(programs, { network, payee: owner, payer: from }),
    )
  return { instructions, signers: [founder] }
}

async function joinOf(
  { programs, address: network }: ChainNetwork,
  parts: NewMember & { mint: PublicKey; stake: bigint; seat: number },
): Promise<Bundle> {
  const owner = keypairOf(parts.owner)
  const peer = keypairOf(parts.peer)
  const keys = { network, peer: peer.publicKey, owner: owner.publicKey }
  const source = tokensOf(parts.mint, owner.publicKey)
  const stakeVault = tokensOf(parts.mint, network)
  const instructions = [
    await registry.register(programs, keys, new Uint8Array(32)),
    await registry.stake(programs, keys, { source, stakeVault, amount: parts.stake }),
    await registry.takeSeat(programs, keys, parts.seat),
  ]
  return { instructions, signers: [owner, peer] }
}

async function openingOf(
  { programs, address: network }: ChainNetwork,
  parts: { wallet: Key; deposit: bigint; mint: PublicKey },
): Promise<Bundle> {
  const wallet = keypairOf(parts.wallet)
  const key = wallet.publicKey
  const at = { network, key }
  const source = tokensOf(parts.mint, key)
  const tokens = tokensOf(parts.mint, vaultAddress(network))
  const instructions = [
    await receipts.openAccount(programs, network, key),
    await receipts.deposit(programs, at, { payer: key, source, tokens, amount: parts.deposit }),
    await receipts.authorise(programs, at, { owner: key, limit: parts.deposit }),
  ]
  // The account is opened in epoch 0: the network was founded just now.
  const ledger = await payments.openLedger(programs, { ...at, opened: 0n }, { payer: key, capacity: LEDGER_CAPACITY })
  return { instructions: [...instructions, ledger], signers: [wallet] }
}
