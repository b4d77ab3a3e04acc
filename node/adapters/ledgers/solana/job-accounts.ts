/** A wallet's one-job accounts on chain: opens them, lists them, takes back what is left. Amounts in micro-credits. */
import { PublicKey } from '@solana/web3.js'
import { base58btc } from 'multiformats/bases/base58'
import * as payments from '#programs/client/payments.ts'
import { type CreditAccountRecord, decodeCreditAccount, readCreditAccount, readLedger } from '#programs/client/read.ts'
import { jobAccountKey, vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import { WeftError } from '#protocol/errors.ts'
import { toHex } from '#protocol/wire/hash.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import { walletBalance } from './balances.ts'
import { type ChainNetwork, keypairOf } from './cluster.ts'
import { beginNextEpoch, isLocalChain, networkRecord } from './epoch.ts'
import { chainError } from './errors.ts'
import type { Key } from './found.ts'
import { send } from './send.ts'
import { openTokens, tokensOf } from './tokens.ts'
import { type Deposited, isStillWaiting } from './wallet.ts'

/** Witnesses of an account, who are paid beside the replicas, and the network. */
const WITNESSES_MAX = 7
const POLL_MS = 500
/** A slot of a cluster, and what we allow for it: it may be slower. */
const SLOT_MS = 400
const SLOW = 1.25
/** Where a credit account names its network and its owner. */
const NETWORK_AT = 8
const OWNER_AT = 72

export interface JobAccount {
  readonly account: WalletKey
  readonly owner: WalletKey
  /** Hex of the 32 bytes that name its job. */
  readonly job: string
  readonly deposited: bigint
  readonly spent: bigint
  /** Neither spent nor refunded. */
  readonly free: bigint
  /** Asked to be refunded. */
  readonly pending: bigint
  readonly deadlineMs: number
  readonly epoch: number
  readonly height: number
}

/** Time until an account that is opened now takes part: at most; 0 on a local chain, where time is passed. */
export async function waitMsFor(chain: ChainNetwork): Promise<number> {
  if (await isLocalChain(chain.rpcUrl)) return 0
  const { epochStart, epochSlots } = await networkRecord(chain)
  const slot = await chain.connection.getSlot('confirmed').catch((error: unknown) => {
    throw chainError(error, chain.rpcUrl)
  })
  const left = Number(epochStart + epochSlots) - slot
  return Math.ceil((left > 0 ? left : Number(epochSlots)) * SLOT_MS * SLOW) + 60_000
}

/**
 * Opens the account of `job` with `amount` of the wallet's tokens in it; on a local chain its first epoch is begun.
 * CREDITS_SHORT if the wallet has less.
 */
export async function openJobAccount(
  chain: ChainNetwork,
  wallet: Key,
  init: {
    readonly domain: Uint8Array
    readonly job: Uint8Array
    readonly amount: bigint
    /** Unix seconds. */
    readonly deadline: bigint
    /** Replicas that may be paid. */
    readonly payees: number
  },
): Promise<Deposited> {
  const { domain, job, amount, deadline } = init
  const owner = keypairOf(wallet)
  const { programs, address: network } = chain
  const { mint, epoch } = await networkRecord(chain)
  const { tokens: held } = await walletBalance(chain, wallet.key)
  if (held < amount)
    throw new WeftError('CREDITS_SHORT', `the wallet has ${held} micro-credits of tokens, not ${amount}`, {
      data: { next: 'take some out of its account: weft credits withdraw' },
    })
  const source = tokensOf(mint, owner.publicKey)
  const tokens = tokensOf(mint, vaultAddress(network))
  const key = jobAccountKey(domain, owner.publicKey, job)
  const create = { domain, owner: owner.publicKey, job, amount, deadline, source, tokens }
  const room = { payer: owner.publicKey, capacity: init.payees + WITNESSES_MAX }
  const instructions = [
    await receipts.createJob(programs, network, create),
    await payments.openLedger(programs, { network, key, opened: epoch }, room),
  ]
  const signature = await send(chain, instructions, [owner])
  const account = await mustRead(chain, key.toBase58())
  let networkEpoch = Number(epoch)
  const signal = AbortSignal.timeout(60_000)
  if (await isLocalChain(chain.rpcUrl))
    while (BigInt(networkEpoch) < account.epoch) networkEpoch = await beginNextEpoch(chain, { cranker: wallet, signal })
  return { signatures: [signature], epoch: Number(account.epoch), networkEpoch }
}

/** Resolves once the network is in `epoch` or a later one. Rejects with the signal's reason. */
export async function epochStarts(chain: ChainNetwork, epoch: number, signal: AbortSignal | undefined): Promise<void> {
  while ((await networkRecord(chain)).epoch < BigInt(epoch)) {
    signal?.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** The wallet's one-job accounts, the one whose job is due first before the others. */
export async function jobAccountsOf(chain: ChainNetwork, owner: WalletKey): Promise<readonly JobAccount[]> {
  const { programs, connection, address } = chain
  const tag = programs.receipt.idl.accounts.find(({ name }) => name === 'creditAccount')?.discriminator ?? []
  const filters = [
    { memcmp: { offset: 0, bytes: base58btc.baseEncode(Uint8Array.from(tag)) } },
    { memcmp: { offset: NETWORK_AT, bytes: address.toBase58() } },
    { memcmp: { offset: OWNER_AT, bytes: owner } },
  ]
  const found = await connection
    .getProgramAccounts(programs.receipt.programId, { filters })
    .catch((error: unknown) => Promise.reject(chainError(error, chain.rpcUrl)))
  const records = found.map(({ account }) => decodeCreditAccount(programs, account.data))
  return records
    .filter(({ deadline }) => deadline > 0n)
    .map(jobAccountOf)
    .sort((a, b) => a.deadlineMs - b.deadlineMs || (a.account < b.account ? -1 : 1))
}

/** What became of a refund. */
export interface Refunded {
  /** done: nothing is left in the account. waiting: asked for; it comes after the network's delay. */
  readonly state: 'done' | 'waiting'
  readonly amount: bigint
  readonly signatures: readonly string[]
  /** Seconds of the delay. */
  readonly seconds: number
  /** True if the account is closed, and its rent came back: all that it spent was claimed. */
  readonly closed: boolean
}

/**
 * Takes what `account` did not spend back to its owner's tokens, and closes it. Asks for it, waits for the delay unless
 * that is longer than `waitMaxMs`, and takes it; called again it goes on where it was. NOT_FOUND if there is no such
 * account, SIGNATURE_BAD if it is another wallet's.
 */
export async function refundJobAccount(
  chain: ChainNetwork,
  wallet: Key,
  { account, waitMaxMs }: { readonly account: WalletKey; readonly waitMaxMs: number },
): Promise<Refunded> {
  const owner = keypairOf(wallet)
  const { programs, address: network } = chain
  const at = { network, key: new PublicKey(account) }
  const rules = await networkRecord(chain)
  const record = await mustRead(chain, account)
  if (record.deadline === 0n) throw new WeftError('NOT_FOUND', `${account} is not the account of a single job`)
  if (!record.owner.equals(owner.publicKey))
    throw new WeftError('SIGNATURE_BAD', `the account belongs to ${record.owner.toBase58()}, not ${wallet.key}`)
  const amount = record.deposited - record.withdrawn - record.spent
  const seconds = Math.max(Number(rules.withdrawSeconds), Number(rules.withdrawSlots) * (SLOT_MS / 1_000))
  const signatures: string[] = []
  if (amount > 0n) {
    if (record.pending === 0n)
      signatures.push(await send(chain, [await receipts.cancelJob(programs, at, owner.publicKey)], [owner]))
    const tokens = tokensOf(rules.mint, vaultAddress(network))
    const destination = tokensOf(rules.mint, owner.publicKey)
    const take = [
      openTokens(owner.publicKey, rules.mint, owner.publicKey),
      await receipts.refundJob(programs, at, { tokens, destination }),
    ]
    const untilMs = performance.now() + Math.min(waitMaxMs, seconds * 3_000 + 5_000)
    for (;;) {
      try {
        signatures.push(await send(chain, take, [owner]))
        break
      } catch (error) {
        if (!isStillWaiting(error)) throw error
        if (seconds * 1_000 > waitMaxMs || performance.now() > untilMs)
          return { state: 'waiting', amount, signatures, seconds, closed: false }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    }
  }
  const closing = await closeIfClaimed(chain, wallet, at.key)
  return { state: 'done', amount, signatures: [...signatures, ...closing], seconds, closed: closing.length > 0 }
}

/**
 * Closes the account and its list of payments once every payee has been paid; the network's fees go to its treasury
 * first.
 */
async function closeIfClaimed(chain: ChainNetwork, wallet: Key, key: PublicKey): Promise<string[]> {
  const owner = keypairOf(wallet)
  const { programs, address: network } = chain
  const { opened, spent } = await mustRead(chain, key.toBase58())
  const at = { network, key, opened }
  const ledger = (await readLedger(programs, at)).value
  if (spent > 0n && ledger?.claimed !== spent) return []
  const close = [await receipts.closeAccount(programs, { network, key }, { owner: owner.publicKey, opened })]
  if (ledger !== undefined) {
    if (ledger.fees > ledger.feesCollected)
      close.push(await payments.collectFees(programs, at, (await networkRecord(chain)).treasury))
    close.push(await payments.closeLedger(programs, at, ledger.payer))
  }
  return [await send(chain, close, [owner])]
}

async function mustRead(chain: ChainNetwork, account: WalletKey): Promise<CreditAccountRecord> {
  const at = { network: chain.address, key: new PublicKey(account) }
  const { value } = await readCreditAccount(chain.programs, at).catch((error: unknown) => {
    throw chainError(error, chain.rpcUrl)
  })
  if (value !== undefined) return value
  throw new WeftError('NOT_FOUND', `there is no account ${account} on ${chain.networkId}`, {
    data: { next: 'weft credits jobs' },
  })
}

function jobAccountOf(record: CreditAccountRecord): JobAccount {
  const { deposited, withdrawn, spent, pending } = record
  return {
    account: record.key.toBase58(),
    owner: record.owner.toBase58(),
    job: toHex(record.job),
    ...{ deposited, spent, pending, free: deposited - withdrawn - spent },
    deadlineMs: Number(record.deadline) * 1_000,
    epoch: Number(record.epoch),
    height: Number(record.height),
  }
}
