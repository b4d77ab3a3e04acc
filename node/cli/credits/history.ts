/** `weft credits history [wallet]`: what went into and out of a wallet's account, and what it earned. */

import type { ChainEvent } from '#node/adapters/ledgers/solana/event-log.ts'
import { createLog } from '#node/adapters/log/log.ts'
import { withChainIndex } from '#node/peer/chain-index.ts'
import { WeftError } from '#protocol/errors.ts'
import { isKey } from '#protocol/wire/keys.ts'
import { lineOf } from '../chain/events.ts'
import { type ChainCommandOptions, chainHome, payingWallet } from '../chain/home.ts'
import type { CommandAction } from '../command/define.ts'

export const creditsHistory: CommandAction<ChainCommandOptions> = async (output, options, [given]) => {
  const home = await chainHome(options)
  const wallet = given ?? (await payingWallet(home)).key
  if (!isKey(wallet)) throw new WeftError('USAGE', `${wallet} is no wallet's address`)
  const log = createLog({ level: 'warn', destination: process.stderr })
  return withChainIndex({ ...home, log }, async (index) => {
    const agrees = await index.bringUpToDate()
    const events: ChainEvent[] = []
    for await (const event of index.ofWallet(wallet)) events.push(event)
    output.answer({ wallet, agrees, events }, () => {
      for (const event of events) output.line(lineOf(event))
      if (events.length === 0) output.note('nothing happened yet')
    })
    return 0
  })
}
