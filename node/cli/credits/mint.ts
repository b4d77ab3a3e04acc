/** `weft credits mint <credits>`: play money on a local network. */
import { isLocalChain } from '#node/adapters/ledgers/solana/epoch.ts'
import { requestLamports } from '#node/adapters/ledgers/solana/faucet.ts'
import { mint } from '#node/adapters/ledgers/solana/wallet.ts'
import { WeftError } from '#protocol/errors.ts'
import { isKey } from '#protocol/wire/keys.ts'
import { amountOf, type ChainCommandOptions, chainHome, payingWallet } from '../chain/home.ts'
import { mintAuthority } from '../chain/network.ts'
import type { CommandAction } from '../command/define.ts'
import { credits } from '../command/format.ts'

export interface MintOptions extends ChainCommandOptions {
  readonly to?: string
}

/** Lamports for fees and rent that come with it. */
const LAMPORTS = 1_000_000_000n

export const creditsMint: CommandAction<MintOptions> = async (output, options, [given]) => {
  const amount = amountOf(given)
  const home = await chainHome(options)
  const to = options.to ?? (await payingWallet(home)).key
  if (!isKey(to)) throw new WeftError('USAGE', `${to} is no wallet's address`)
  if (!(await isLocalChain(home.chain.rpcUrl)))
    throw new WeftError(
      'CHAIN_REFUSED',
      `${home.chain.rpcUrl} is no local chain: credits are minted only where they are play money`,
    )
  const signature = await mint(home.chain, await mintAuthority(home.folder), { to, amount })
  await requestLamports(home.chain, to, LAMPORTS)
  output.answer({ wallet: to, amount, signature }, () => {
    output.line(signature)
    output.note(`${credits(amount)} minted to ${to}, and 1 SOL for fees; weft credits deposit makes them spendable`)
  })
  return 0
}
