/**
 * `weft credits jobs [wallet]` and `weft credits refund <account>`: the accounts that a wallet opened for single jobs.
 */
import { type JobAccount, jobAccountsOf, refundJobAccount } from '#node/adapters/ledgers/solana/job-accounts.ts'
import { WeftError } from '#protocol/errors.ts'
import { isKey } from '#protocol/wire/keys.ts'
import { type ChainCommandOptions, chainHome, payingWallet } from '../chain/home.ts'
import type { CommandAction } from '../command/define.ts'
import { credits } from '../command/format.ts'
import { table } from '../command/table.ts'
import { PATIENCE_MS, waiting } from './patience.ts'

export const creditsJobs: CommandAction<ChainCommandOptions> = async (output, options, [given]) => {
  const home = await chainHome(options)
  const wallet = given ?? (await payingWallet(home)).key
  if (!isKey(wallet)) throw new WeftError('USAGE', `${wallet} is no wallet's address`)
  const accounts = await jobAccountsOf(home.chain, wallet)
  output.answer({ wallet, accounts }, () => {
    if (accounts.length === 0) output.note('no job of this wallet has an account of its own: weft run <job> --escrow')
    else output.line(table(['ACCOUNT', 'IN IT', 'SPENT', 'DEADLINE'], accounts.map(row)))
  })
  return 0
}

export const creditsRefund: CommandAction<ChainCommandOptions> = async (output, options, [account = '']) => {
  if (!isKey(account)) throw new WeftError('USAGE', `${account} is no account; weft credits jobs lists them`)
  const home = await chainHome(options)
  const wallet = await payingWallet(home)
  const refunded = await refundJobAccount(home.chain, wallet, { account, waitMaxMs: PATIENCE_MS })
  output.answer({ wallet: wallet.key, account, ...refunded }, () => {
    for (const signature of refunded.signatures) output.line(signature)
    if (refunded.state === 'waiting') output.note(waiting(refunded, 'the wallet'))
    else {
      output.note(`${credits(refunded.amount)} went to the wallet`)
      if (!refunded.closed) output.note('the account stays until its payees are paid; give the command again later')
    }
  })
  return 0
}

function row({ account, free, spent, pending, deadlineMs }: JobAccount): string[] {
  const asked = pending > 0n ? ' (asked for)' : ''
  return [account, `${credits(free)}${asked}`, credits(spent), new Date(deadlineMs).toISOString()]
}
