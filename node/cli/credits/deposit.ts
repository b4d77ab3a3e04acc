/** `weft credits deposit <credits>`: pays tokens of the wallet into its account, which opens it. */
import { deposit } from '#node/adapters/ledgers/solana/wallet.ts'
import { amountOf, type ChainCommandOptions, chainHome, payingWallet } from '../chain/home.ts'
import type { CommandAction } from '../command/define.ts'
import { credits } from '../command/format.ts'

export interface DepositOptions extends ChainCommandOptions {
  readonly limit?: string
}

export const creditsDeposit: CommandAction<DepositOptions> = async (output, options, [given]) => {
  const amount = amountOf(given)
  const limit = options.limit === undefined ? undefined : amountOf(options.limit)
  const home = await chainHome(options)
  const wallet = await payingWallet(home)
  const done = await deposit(home.chain, wallet, { amount, limit })
  output.answer({ wallet: wallet.key, amount, ...done }, () => {
    output.line(done.signatures[0])
    output.note(`${credits(amount)} paid into the account of ${wallet.key}`)
    if (done.epoch > done.networkEpoch)
      output.note(`it can be spent from epoch ${done.epoch} on; the network is in epoch ${done.networkEpoch}`)
  })
  return 0
}
