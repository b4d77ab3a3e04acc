/** Follows a job's money onto the chain: until what it cost is settled and every payee has it. */
import { type Books, networkBooks, settledState, walletBalance } from '#node/adapters/ledgers/solana/balances.ts'
import { findNetwork, type ChainNetwork as Handle } from '#node/adapters/ledgers/solana/cluster.ts'
import type { JobView } from '#node/sdk/index.ts'
import type { ChainNetwork } from '../chain/network.ts'
import { failure } from '../command/errors.ts'

/** What became of a job's money on chain. Micro-credits, as decimal text where it goes into a document. */
export interface Settlement {
  readonly network: string
  /** Transaction that settled it, or the newest of those that did. */
  readonly signature: string
  readonly height: number
  readonly account: { readonly before: Funds; readonly after: Funds }
  readonly payees: readonly { readonly wallet: string; readonly before: string; readonly after: string }[]
  readonly fees: string
  /** Everything ever deposited = refunded + free + unclaimed + paid + fees; the vault holds what has not left it. */
  readonly books: { readonly [K in keyof Books]: Books[K] extends bigint ? string : Books[K] }
}

interface Funds {
  readonly spent: string
  readonly free: string
}

/** The chain as it stands before a job. */
export interface Before {
  readonly chain: Handle
  readonly account: { readonly spent: bigint; readonly free: bigint }
  readonly fees: bigint
  readonly earned: ReadonlyMap<string, bigint>
}

const POLL_MS = 200
const TIMEOUT_MS = 60_000

/** Reads where `wallet` and the peers' owners stand. */
export async function beforeSettlement(
  { rpcUrl, name }: Pick<ChainNetwork, 'rpcUrl' | 'name'>,
  wallet: string,
  owners: readonly string[],
): Promise<Before> {
  const chain = await findNetwork(rpcUrl, name)
  const state = await settledState(chain, wallet)
  const balances = await Promise.all([...new Set(owners)].map((owner) => walletBalance(chain, owner)))
  return {
    chain,
    account: { spent: state?.spent ?? 0n, free: state?.free ?? 0n },
    fees: state?.fees ?? 0n,
    earned: new Map(balances.map((balance) => [balance.wallet, balance.earnedInAll])),
  }
}

/** Waits until `job` is settled and paid. TIMEOUT if that takes a minute: the peers go on trying. */
export async function awaitSettlement(before: Before, job: JobView, signal: AbortSignal): Promise<Settlement> {
  const { chain, account } = before
  const due = account.spent + BigInt(job.charged)
  const untilMs = performance.now() + TIMEOUT_MS
  for (;;) {
    signal.throwIfAborted()
    const state = await settledState(chain, job.account)
    if (state !== undefined && state.spent >= due && state.claimed === state.spent) return report(before, job, state)
    if (performance.now() > untilMs)
      throw failure('TIMEOUT', 'the settlement did not reach the chain in a minute', 'weft credits balance')
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function report(
  { chain, account, fees, earned }: Before,
  job: JobView,
  state: NonNullable<Awaited<ReturnType<typeof settledState>>>,
): Promise<Settlement> {
  const wallets = [...new Set(job.earned.map(({ payee }) => payee))]
  const after = await Promise.all(wallets.map((wallet) => walletBalance(chain, wallet)))
  const books = await networkBooks(chain)
  return {
    network: chain.networkId,
    signature: state.signatures[0] ?? '',
    height: state.height,
    account: { before: textOf(account), after: textOf(state) },
    payees: after.map(({ wallet, earnedInAll }) => ({
      wallet,
      before: String(earned.get(wallet) ?? 0n),
      after: String(earnedInAll),
    })),
    fees: String(state.fees - fees),
    books: Object.fromEntries(
      Object.entries(books).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
    ) as Settlement['books'],
  }
}

function textOf({ spent, free }: { spent: bigint; free: bigint }): Funds {
  return { spent: String(spent), free: String(free) }
}
