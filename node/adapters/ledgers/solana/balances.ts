/** What everybody has on chain: one account, one payee, or all of a network, for the books. */
import { type AccountInfo, PublicKey } from '@solana/web3.js'
import { base58btc } from 'multiformats/bases/base58'
import {
  type CreditAccountRecord,
  decodeBalance,
  decodeCreditAccount,
  decodeLedger,
  readBalance,
  readCreditAccount,
  readLedger,
  readVaultTokens,
} from '#programs/client/read.ts'
import { creditAccountAddress, vaultAddress } from '#programs/client/receipt-pdas.ts'
import { ledgerAddress } from '#programs/client/splitter-pdas.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { ChainNetwork } from './cluster.ts'
import { networkRecord } from './epoch.ts'
import { chainError } from './errors.ts'
import { amountIn, tokensOf } from './tokens.ts'

/** Micro-credits and lamports of one wallet. */
export interface WalletBalance {
  readonly wallet: WalletKey
  /** Its account for jobs; undefined if it has none. */
  readonly account:
    | {
        readonly deposited: bigint
        readonly withdrawn: bigint
        readonly spent: bigint
        /** Neither withdrawn nor spent. */
        readonly free: bigint
        readonly authorised: bigint
        /** Asked to be withdrawn. */
        readonly pending: bigint
        /** First epoch in which the present committee may settle. */
        readonly epoch: number
        readonly height: number
      }
    | undefined
  /** What it earned and did not withdraw. */
  readonly earned: bigint
  readonly earnedInAll: bigint
  /** Tokens in the wallet. */
  readonly tokens: bigint
  readonly lamports: bigint
}

export async function walletBalance(chain: ChainNetwork, wallet: WalletKey): Promise<WalletBalance> {
  const { mint } = await networkRecord(chain)
  try {
    const key = new PublicKey(wallet)
    const { programs, address: network, connection } = chain
    const [account, balance, tokens, lamports] = await Promise.all([
      readCreditAccount(programs, { network, key }),
      readBalance(programs, { network, payee: key }),
      connection.getAccountInfo(tokensOf(mint, key)),
      connection.getBalance(key),
    ])
    const { credited = 0n, withdrawn = 0n } = balance.value ?? {}
    return {
      wallet,
      account: account.value && accountBalance(account.value),
      earned: credited - withdrawn,
      earnedInAll: credited,
      tokens: amountIn(tokens?.data),
      lamports: BigInt(lamports),
    }
  } catch (error) {
    throw chainError(error, chain.rpcUrl)
  }
}

/** Where a wallet's account stands on chain, and what was paid from it. */
export interface SettledState {
  readonly height: number
  readonly spent: bigint
  readonly free: bigint
  /** Paid out of `spent`, fees included. */
  readonly claimed: bigint
  readonly fees: bigint
  /** Newest transactions of the account, newest first. */
  readonly signatures: readonly string[]
}

const SIGNATURES = 10

export async function settledState(chain: ChainNetwork, wallet: WalletKey): Promise<SettledState | undefined> {
  try {
    const { programs, address: network, connection } = chain
    const key = new PublicKey(wallet)
    const { value } = await readCreditAccount(programs, { network, key })
    if (value === undefined) return undefined
    const ledger = (await readLedger(programs, { network, key, opened: value.opened })).value
    const rows = await connection.getSignaturesForAddress(creditAccountAddress(network, key), { limit: SIGNATURES })
    return {
      height: Number(value.height),
      spent: value.spent,
      free: value.deposited - value.withdrawn - value.spent,
      claimed: ledger?.claimed ?? 0n,
      fees: ledger?.fees ?? 0n,
      signatures: rows.filter((row) => row.err === null).map((row) => row.signature),
    }
  } catch (error) {
    throw chainError(error, chain.rpcUrl)
  }
}

/** A network's books: every unit that was deposited is somewhere. Micro-credits. */
export interface Books {
  /** Deposited into the accounts that are open, in their lives; withdrawn again, and neither. */
  readonly deposited: bigint
  readonly refunded: bigint
  readonly free: bigint
  /** Settled and not yet claimed by the payees. */
  readonly unclaimed: bigint
  /** Paid to payees; what they still have of it. */
  readonly paid: bigint
  readonly balances: bigint
  /** The network's fees that nobody collected yet. */
  readonly fees: bigint
  /** Tokens in the vault: must be free + unclaimed + balances + fees. */
  readonly vault: bigint
  readonly balanced: boolean
}

/**
 * Adds up all accounts, ledgers and balances of the network. Asks the node for all of them: for tests, demos and
 * audits.
 */
export async function networkBooks(chain: ChainNetwork): Promise<Books> {
  try {
    return await addUp(chain)
  } catch (error) {
    throw chainError(error, chain.rpcUrl)
  }
}

async function addUp(chain: ChainNetwork): Promise<Books> {
  const { programs, connection } = chain
  const [accounts, ledgers, balances] = await Promise.all([
    ownedBy(chain, 'creditAccount'),
    ownedBy(chain, 'ledger'),
    ownedBy(chain, 'balance'),
  ])
  const sums = { deposited: 0n, refunded: 0n, spent: 0n, claimed: 0n, fees: 0n, collected: 0n, paid: 0n, balances: 0n }
  const live = new Set<string>()
  for (const { account } of accounts) {
    const record = decodeCreditAccount(programs, account.data)
    live.add(ledgerAddress(creditAccountAddress(chain.address, record.key), record.opened).toBase58())
    sums.deposited += record.deposited
    sums.refunded += record.withdrawn
    sums.spent += record.spent
  }
  for (const { pubkey, account } of ledgers) {
    const { claimed, fees, feesCollected } = decodeLedger(account.data)
    // What a closed account spent is gone with it; the fees that it left are still owed.
    if (live.has(pubkey.toBase58())) sums.claimed += claimed
    sums.fees += fees - feesCollected
  }
  for (const { account } of balances) {
    const { credited, withdrawn } = decodeBalance(programs, account.data)
    sums.paid += credited
    sums.balances += credited - withdrawn
  }
  const vaultTokens = (await readVaultTokens(programs, chain.address)).value ?? vaultAddress(chain.address)
  const vault = amountIn((await connection.getAccountInfo(vaultTokens))?.data)
  const free = sums.deposited - sums.refunded - sums.spent
  const unclaimed = sums.spent - sums.claimed
  const { deposited, refunded, paid, fees } = sums
  const balanced = vault === free + unclaimed + sums.balances + fees
  return { deposited, refunded, free, unclaimed, paid, balances: sums.balances, fees, vault, balanced }
}

type Kind = 'creditAccount' | 'ledger' | 'balance'

async function ownedBy(
  { programs, connection, address }: ChainNetwork,
  kind: Kind,
): Promise<readonly { pubkey: PublicKey; account: AccountInfo<Buffer> }[]> {
  const { receipt, splitter } = programs
  const program = kind === 'creditAccount' ? receipt : splitter
  const tag = program.idl.accounts.find(({ name }) => name === kind)?.discriminator ?? []
  return connection.getProgramAccounts(program.programId, {
    filters: [
      { memcmp: { offset: 0, bytes: base58btc.baseEncode(Uint8Array.from(tag)) } },
      { memcmp: { offset: 8, bytes: address.toBase58() } },
    ],
  })
}

function accountBalance(record: CreditAccountRecord): NonNullable<WalletBalance['account']> {
  const { deposited, withdrawn, spent, authorised, pending, epoch, height } = record
  const free = deposited - withdrawn - spent
  return { deposited, withdrawn, spent, free, authorised, pending, epoch: Number(epoch), height: Number(height) }
}

/** Every account of the network: its wallet, and the epoch that it was opened in. */
export async function accountKeys(
  chain: ChainNetwork,
): Promise<readonly { readonly key: WalletKey; readonly opened: bigint }[]> {
  try {
    const rows = await ownedBy(chain, 'creditAccount')
    const records = rows.map(({ account }) => decodeCreditAccount(chain.programs, account.data))
    return records.map(({ key, opened }) => ({ key: key.toBase58(), opened }))
  } catch (error) {
    throw chainError(error, chain.rpcUrl)
  }
}

/** Lifetime sums on chain, one at a time: of credit accounts by their address, of payees by their key. */
export interface AccountState {
  readonly name: string
  readonly field: 'deposited' | 'withdrawn' | 'spent' | 'credited'
  readonly amount: bigint
}

/**
 * What the accounts of the network say; the treasury's balance also holds fees, for which there is no event, and is
 * left out.
 */
export async function accountStates(chain: ChainNetwork): Promise<readonly AccountState[]> {
  const { treasury } = await networkRecord(chain)
  const { programs, address: network } = chain
  try {
    const [accounts, balances] = await Promise.all([ownedBy(chain, 'creditAccount'), ownedBy(chain, 'balance')])
    const credits = accounts.flatMap(({ account }): AccountState[] => {
      const { key, deposited, withdrawn, spent } = decodeCreditAccount(programs, account.data)
      const name = creditAccountAddress(network, key).toBase58()
      const fields = { deposited, withdrawn, spent }
      return (['deposited', 'withdrawn', 'spent'] as const).map((field) => ({ name, field, amount: fields[field] }))
    })
    const earned = balances.flatMap(({ account }): AccountState[] => {
      const { payee, credited } = decodeBalance(programs, account.data)
      return payee.equals(treasury) ? [] : [{ name: payee.toBase58(), field: 'credited', amount: credited }]
    })
    return [...credits, ...earned]
  } catch (error) {
    throw chainError(error, chain.rpcUrl)
  }
}
