/** `weft init`: founds a private network in this peer's folder. */
import { existsSync } from 'node:fs'
import { createWallet, loadOrCreatePeerKey, loadWallet } from '#node/adapters/keys/files.ts'
import type { KeyPair } from '#node/adapters/keys/keypair.ts'
import { createRoster } from '#node/adapters/ledgers/roster/create.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import { makeFolders } from '#node/config/paths.ts'
import { WeftError } from '#protocol/errors.ts'
import { parseDecimal } from '#protocol/job/units.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { credits } from '../command/format.ts'
import { configOf } from '../command/home.ts'

export interface InitOptions extends CommonOptions {
  readonly name?: string
  readonly creditLine: string
}

export const init: CommandAction<InitOptions> = async (output, options) => {
  const creditLine = parseDecimal(options.creditLine, 6)
  if (creditLine === undefined || creditLine < 0n)
    throw new WeftError('USAGE', `--credit-line ${options.creditLine} is not an amount of credits`)
  const { paths } = configOf(options)
  makeFolders(paths)
  const peer = await loadOrCreatePeerKey(paths.home)
  const wallet = await walletAt(paths.wallet)
  const founder = await walletAt(paths.founderKey)
  const members = [{ peer: peer.key, owner: wallet.key, name: options.name ?? 'founder' }]
  const clock = createSystemClock()
  const { networkId } = await createRoster({ dir: paths.roster, founder: founder.signer, members, creditLine, clock })
  const made = {
    network: networkId,
    peer: peer.key,
    wallet: wallet.key,
    founder: founder.key,
    founderKey: paths.founderKey,
    home: paths.home,
  }
  output.answer(made, () => {
    output.line(networkId)
    output.note(`founded; each member may owe the others ${credits(creditLine)}`)
    output.note(`keep ${paths.founderKey}: it admits peers, and nobody can restore it`)
    output.note('next: weft up, then weft invite for each peer that joins')
  })
  return 0
}

/** The key in the file, made if there is none. */
async function walletAt(path: string): Promise<KeyPair> {
  return existsSync(path) ? loadWallet(path) : createWallet(path)
}
