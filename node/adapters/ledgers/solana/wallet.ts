/** What a wallet does with its credits on chain. Amounts in micro-credits. */
import { PublicKey, type TransactionInstruction } from '@solana/web3.js'
import * as payments from '#programs/client/payments.ts'
import { type CreditAccountRecord, readBalance, readCreditAccount, readLedger } from '#programs/client/read.ts'
import { vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import { WeftError } from '#protocol/errors.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import { accountKeys, walletBalance } from './balances.ts'
import { type ChainNetwork, keypairOf } from './cluster.ts'
import { beginNextEpoch, isLocalChain, networkRecord } from './epoch.ts'
import { chainError } from './errors.ts'
import { type Key, LEDGER_CAPACITY } from './found.ts'
import { send } from './send.ts'
import { mintTo, openTokens, tokensOf } from './tokens.ts'

export interface Deposited {
  readonly signatures: readonly string[]
  /** First epoch in which the account may be spent from, and the network's epoch now. */
  readonly epoch: number
  readonly networkEpoch: number
}

const POLL_MS = 300

/**
 * Pays `amount` out of the wallet's tokens into its account, which is opened if there is none, and authorises it: up to
 * `limit` in the account's life, all deposits if none is given. On a local chain the account's first epoch is begun.
 * CREDITS_SHORT if the wallet has less.
 */
export async function deposit(
  chain: ChainNetwork,
  wallet: Key,
  { amount, limit }: { readonly amount: bigint; readonly limit?: bigint | undefined },
): Promise<Deposited> {
  const owner = keypairOf(wallet)
  const { mint } = await networkRecord(chain)
  const { tokens } = await walletBalance(chain, wallet.key)
  if (tokens < amount)
    throw new WeftError('CREDITS_SHORT', `the wallet has ${tokens} micro-credits of tokens, not ${amount}`, {
      data: { next: 'get tokens of the network; on a local one: weft credits mint' },
    })
  const { programs, address: network } = chain
  const at = { network, key: owner.publicKey }
  const before = await accountOf(chain, wallet.key)
  const deposits = (before?.deposited ?? 0n) + amount
  const authorised = limit ?? deposits
  const source = tokensOf(mint, owner.publicKey)
  const vault = tokensOf(mint, vaultAddress(network))
  const instructions = before === undefined ? [await receipts.openAccount(programs, network, owner.publicKey)] : []
  instructions.push(
    await receipts.deposit(programs, at, { payer: owner.publicKey, source, tokens: vault, amount }),
    await receipts.authorise(programs, at, { owner: owner.publicKey, limit: authorised }),
  )
  const signatures = [await send(chain, instructions, [owner])]
  const account = await mustHaveAccount(chain, wallet.key)
  if ((await ledgerOf(chain, wallet.key, account.opened)) === undefined) {
    const room = { payer: owner.publicKey, capacity: LEDGER_CAPACITY }
    signatures.push(
      await send(chain, [await payments.openLedger(programs, { ...at, opened: account.opened }, room)], [owner]),
    )
  }
  const networkEpoch = await firstEpoch(chain, wallet, account)
  return { signatures, epoch: Number(account.epoch), networkEpoch }
}

/** On a local chain nobody waits for an account's first epoch. */
async function firstEpoch(chain: ChainNetwork, wallet: Key, { epoch, height }: CreditAccountRecord): Promise<number> {
  let now = Number((await networkRecord(chain)).epoch)
  if (height > 0n || !(await isLocalChain(chain.rpcUrl))) return now
  const signal = AbortSignal.timeout(60_000)
  while (BigInt(now) < epoch) now = await beginNextEpoch(chain, { cranker: wallet, signal })
  return now
}

/** What became of a withdrawal or transfer: it waits for the network's delay. */
export type Released =
  | { readonly state: 'done'; readonly amount: bigint; readonly signature: string }
  | { readonly state: 'waiting'; readonly amount: bigint; readonly seconds: number }

/**
 * Takes `amount` (all that is free if none is given) out of the account: to the wallet's tokens, or to the account of
 * `to`. Asks for it, waits for the delay unless that is longer than `waitMaxMs`, and takes it. Called again it goes on
 * where it was.
 */
export async function release(
  chain: ChainNetwork,
  wallet: Key,
  options: { readonly amount?: bigint | undefined; readonly to?: WalletKey | undefined; readonly waitMaxMs: number },
): Promise<Released> {
  const owner = keypairOf(wallet)
  const { programs, address: network } = chain
  const at = { network, key: owner.publicKey }
  const rules = await networkRecord(chain)
  const account = await mustHaveAccount(chain, wallet.key)
  const free = account.deposited - account.withdrawn - account.spent
  const amount = options.amount ?? (account.pending > 0n ? account.pending : free)
  if (amount === 0n) throw new WeftError('CREDITS_SHORT', 'nothing is free in the account')
  if (amount > free) throw new WeftError('CREDITS_SHORT', `only ${free} micro-credits are free in the account`)
  if (options.to !== undefined && (await accountOf(chain, options.to)) === undefined)
    throw new WeftError('NOT_FOUND', `${options.to} has no account on ${chain.networkId}`, {
      data: { next: 'its owner opens one: weft credits deposit' },
    })
  if (account.pending !== amount)
    await send(chain, [await receipts.requestWithdrawal(programs, at, { owner: owner.publicKey, amount })], [owner])
  const delaySeconds = Math.max(Number(rules.withdrawSeconds), Number(rules.withdrawSlots) * 0.4)
  const take =
    options.to === undefined
      ? await receipts.withdraw(programs, at, {
          owner: owner.publicKey,
          tokens: tokensOf(rules.mint, vaultAddress(network)),
          destination: tokensOf(rules.mint, owner.publicKey),
        })
      : await receipts.transfer(programs, at, { owner: owner.publicKey, to: new PublicKey(options.to) })
  const open = options.to === undefined ? [openTokens(owner.publicKey, rules.mint, owner.publicKey)] : []
  const untilMs = performance.now() + Math.min(options.waitMaxMs, delaySeconds * 1_000 * 3 + 5_000)
  for (;;) {
    try {
      return { state: 'done', amount, signature: await send(chain, [...open, take], [owner]) }
    } catch (error) {
      if (!isStillWaiting(error)) throw error
      if (delaySeconds * 1_000 > options.waitMaxMs || performance.now() > untilMs)
        return { state: 'waiting', amount, seconds: delaySeconds }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}

/**
 * Takes what the wallet earned: to its tokens, or with `toAccount` to its account. The treasury's wallet collects the
 * network's fees first, and takes the stake that equivocators lost, always to its tokens. Undefined if there is
 * nothing.
 */
export async function claim(
  chain: ChainNetwork,
  wallet: Key,
  { toAccount }: { readonly toAccount: boolean },
): Promise<{ readonly amount: bigint; readonly signature: string } | undefined> {
  const payee = keypairOf(wallet)
  const { programs, address: network } = chain
  const { mint, treasury, slashed } = await networkRecord(chain)
  const isTreasury = treasury.equals(payee.publicKey)
  if (isTreasury) await collectFees(chain, wallet)
  const balance = await readBalance(programs, { network, payee: payee.publicKey }).catch((error: unknown) => {
    throw chainError(error, chain.rpcUrl)
  })
  const amount = (balance.value?.credited ?? 0n) - (balance.value?.withdrawn ?? 0n)
  const swept = isTreasury ? slashed : 0n
  if (amount + swept === 0n) return undefined
  const tokens = tokensOf(mint, vaultAddress(network))
  const destination = tokensOf(mint, payee.publicKey)
  const key = payee.publicKey
  const instructions = toAccount && swept === 0n ? [] : [openTokens(key, mint, key)]
  if (amount > 0n)
    instructions.push(
      toAccount
        ? await payments.fundAccount(programs, { network, key }, { payee: key, amount })
        : await payments.withdrawBalance(programs, network, { payee: key, amount, tokens, destination }),
    )
  if (swept > 0n)
    instructions.push(
      await registry.sweepSlashed(programs, { network, stakeVault: tokensOf(mint, network), destination }),
    )
  return { amount: amount + swept, signature: await send(chain, instructions, [payee]) }
}

/** Mints `amount` to `to`, by the mint's own key. CHAIN_REFUSED anywhere but on a local chain. */
export async function mint(
  chain: ChainNetwork,
  authority: Key,
  { to, amount }: { readonly to: WalletKey; readonly amount: bigint },
): Promise<string> {
  if (!(await isLocalChain(chain.rpcUrl)))
    throw new WeftError(
      'CHAIN_REFUSED',
      `${chain.rpcUrl} is no local chain: credits are minted only where they are play money`,
    )
  const network = await networkRecord(chain)
  const founder = keypairOf(authority)
  const minting = mintTo(founder.publicKey, { mint: network.mint, owner: new PublicKey(to), amount })
  return send(chain, minting, [founder])
}

/** Fees of every account of the network that were kept back and not credited yet. */
async function collectFees(chain: ChainNetwork, treasury: Key): Promise<void> {
  const { programs, address: network } = chain
  const payer = keypairOf(treasury)
  let batch: TransactionInstruction[] = []
  for (const { key, opened } of await accountKeys(chain)) {
    const ledger = await ledgerOf(chain, key, opened)
    if (ledger === undefined || ledger.fees === ledger.feesCollected) continue
    const at = { network, key: new PublicKey(key), opened }
    batch.push(await payments.collectFees(programs, at, payer.publicKey))
    if (batch.length < FEES_AT_ONCE) continue
    await send(chain, batch, [payer])
    batch = []
  }
  if (batch.length > 0) await send(chain, batch, [payer])
}

const FEES_AT_ONCE = 8

async function accountOf(chain: ChainNetwork, wallet: WalletKey): Promise<CreditAccountRecord | undefined> {
  const at = { network: chain.address, key: new PublicKey(wallet) }
  try {
    return (await readCreditAccount(chain.programs, at)).value
  } catch (error) {
    throw chainError(error, chain.rpcUrl)
  }
}

async function mustHaveAccount(chain: ChainNetwork, wallet: WalletKey): Promise<CreditAccountRecord> {
  const account = await accountOf(chain, wallet)
  if (account !== undefined) return account
  throw new WeftError('NOT_FOUND', `${wallet} has no account on ${chain.networkId}`, {
    data: { next: 'weft credits deposit <credits>' },
  })
}

async function ledgerOf(chain: ChainNetwork, wallet: WalletKey, opened: bigint) {
  const at = { network: chain.address, key: new PublicKey(wallet), opened }
  try {
    return (await readLedger(chain.programs, at)).value
  } catch (error) {
    throw chainError(error, chain.rpcUrl)
  }
}

export function isStillWaiting(error: unknown): boolean {
  return error instanceof WeftError && error.code === 'CHAIN_REFUSED' && error.data['name'] === 'stillWaiting'
}
