/** `weft credits balance [wallet]`: what a wallet has on chain, and what its jobs hold. */

import { walletBalance } from '#node/adapters/ledgers/solana/balances.ts'
import { routes } from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import { isKey } from '#protocol/wire/keys.ts'
import { type ChainCommandOptions, chainHome, payingWallet } from '../chain/home.ts'
import { connect } from '../command/client.ts'
import type { CommandAction } from '../command/define.ts'
import { credits } from '../command/format.ts'
import { pairs } from '../command/table.ts'

/** Below this share of what was deposited a balance is called low: a tenth. */
const LOW = 10n

export const creditsBalance: CommandAction<ChainCommandOptions> = async (output, options, [given]) => {
  const home = await chainHome(options)
  const wallet = given ?? (await payingWallet(home)).key
  if (!isKey(wallet)) throw new WeftError('USAGE', `${wallet} is no wallet's address`)
  const balance = await walletBalance(home.chain, wallet)
  const { account, earned, tokens, lamports } = balance
  const log = await jobsOf(options, wallet)
  const free = account === undefined ? 0n : account.free - account.pending - (log?.beyond(account.spent) ?? 0n)
  const answer = {
    network: home.chain.networkId,
    wallet,
    ...{
      account: account ?? null,
      unsettled: log?.unsettled(account?.spent ?? 0n) ?? null,
      reserved: log?.reserved ?? null,
    },
    ...{ spendable: free, earned, earnedInAll: balance.earnedInAll, tokens, lamports },
  }
  output.answer(answer, () => {
    output.line(
      pairs([
        ['Wallet', wallet],
        ['Network', home.chain.networkId],
        [
          'Account',
          account === undefined
            ? 'none; weft credits deposit <credits> opens it'
            : `${credits(account.deposited - account.withdrawn)} in it`,
        ],
        ...(account === undefined ? [] : lines(account, log)),
        ['Spendable', credits(free < 0n ? 0n : free)],
        ['Earned', `${credits(earned)}${earned > 0n ? '; weft credits claim takes them' : ''}`],
        ['In the wallet', `${credits(tokens)}, ${Number(lamports) / 1e9} SOL`],
      ]),
    )
    if (account !== undefined && account.deposited > 0n && free * LOW < account.deposited - account.withdrawn)
      output.note('the balance is low: weft credits deposit <credits>')
  })
  return 0
}

type Log = NonNullable<Awaited<ReturnType<typeof jobsOf>>>

function lines(
  { spent, pending, authorised }: { spent: bigint; pending: bigint; authorised: bigint },
  log: Log | undefined,
): [string, string][] {
  const settled: [string, string][] = [['Settled', credits(spent)]]
  if (log !== undefined)
    settled.push(['Not settled', credits(log.unsettled(spent))], ['Reserved', `${credits(log.reserved)} for open jobs`])
  if (pending > 0n) settled.push(['Withdrawal', `${credits(pending)} asked for`])
  return [...settled, ['Authorised', `${credits(authorised)} in all`]]
}

/** What the account's witnesses say; undefined without a daemon, or if they do not answer. */
async function jobsOf(options: ChainCommandOptions, wallet: string) {
  try {
    const { spent, reserved } = await connect(options).call(routes.accounts.show, { params: { wallet } })
    const unsettled = (settled: bigint): bigint => (BigInt(spent) > settled ? BigInt(spent) - settled : 0n)
    return {
      reserved: BigInt(reserved),
      unsettled,
      beyond: (settled: bigint): bigint => unsettled(settled) + BigInt(reserved),
    }
  } catch (error) {
    if (error instanceof WeftError) return undefined
    throw error
  }
}
