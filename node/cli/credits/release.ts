/**
 * `weft credits withdraw [credits]` and `weft credits transfer <wallet> <credits>`: out of the account, after the
 * network's delay.
 */
import { release } from '#node/adapters/ledgers/solana/wallet.ts'
import { WeftError } from '#protocol/errors.ts'
import { isKey, type WalletKey } from '#protocol/wire/keys.ts'
import { amountOf, type ChainCommandOptions, chainHome, payingWallet } from '../chain/home.ts'
import type { CommandAction } from '../command/define.ts'
import { credits } from '../command/format.ts'
import type { Output } from '../command/output.ts'
import { PATIENCE_MS, waiting } from './patience.ts'

export const creditsWithdraw: CommandAction<ChainCommandOptions> = (output, options, [given]) =>
  releaseTo(output, options, given === undefined ? {} : { amount: amountOf(given) })

export const creditsTransfer: CommandAction<ChainCommandOptions> = (output, options, [to = '', given]) => {
  if (!isKey(to)) throw new WeftError('USAGE', `${to} is no wallet's address`)
  return releaseTo(output, options, { to, amount: amountOf(given) })
}

async function releaseTo(
  output: Output,
  options: ChainCommandOptions,
  { to, amount }: { to?: WalletKey; amount?: bigint },
): Promise<number> {
  const home = await chainHome(options)
  const wallet = await payingWallet(home)
  const released = await release(home.chain, wallet, { amount, to, waitMaxMs: PATIENCE_MS })
  output.answer({ wallet: wallet.key, to: to ?? null, ...released }, () => {
    const where = to === undefined ? 'the wallet' : `the account of ${to}`
    if (released.state === 'done') {
      output.line(released.signature)
      output.note(`${credits(released.amount)} went to ${where}`)
    } else output.note(waiting(released, where))
  })
  return 0
}
