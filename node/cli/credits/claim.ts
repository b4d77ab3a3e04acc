/** `weft credits claim`: takes what the wallet earned. */
import { claim } from '#node/adapters/ledgers/solana/wallet.ts'
import { type ChainCommandOptions, chainHome, payingWallet } from '../chain/home.ts'
import type { CommandAction } from '../command/define.ts'
import { credits } from '../command/format.ts'

export interface ClaimOptions extends ChainCommandOptions {
  readonly toAccount?: boolean
}

export const creditsClaim: CommandAction<ClaimOptions> = async (output, options) => {
  const home = await chainHome(options)
  const wallet = await payingWallet(home)
  const claimed = await claim(home.chain, wallet, { toAccount: options.toAccount === true })
  output.answer({ wallet: wallet.key, amount: claimed?.amount ?? 0n, signature: claimed?.signature ?? null }, () => {
    if (claimed === undefined) {
      output.note('nothing was earned since the last time')
      return
    }
    output.line(claimed.signature)
    output.note(`${credits(claimed.amount)} went to ${options.toAccount === true ? 'the account' : 'the wallet'}`)
  })
  return 0
}
