/** `weft join`: prepares this peer's folder to enter a private network; `weft up` then asks the founder's peer. */
import { existsSync, readFileSync } from 'node:fs'
import { createWallet, loadOrCreatePeerKey, loadWallet } from '#node/adapters/keys/files.ts'
import { joinRoster } from '#node/adapters/ledgers/roster/create.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import { makeFolders } from '#node/config/paths.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { failure } from '../command/errors.ts'
import { configOf } from '../command/home.ts'
import { isAlive, readDaemonFile } from './daemon-file.ts'

export interface JoinOptions extends CommonOptions {
  readonly name?: string
}

export const join: CommandAction<JoinOptions> = async (output, options, [given = '']) => {
  const { paths } = configOf(options)
  const running = readDaemonFile(paths.daemon)
  if (running !== undefined && isAlive(running.pid))
    throw failure(
      'DAEMON_RUNNING',
      `the daemon of this folder runs (pid ${running.pid}), and joins only at its start`,
      'stop it, then weft join <token>',
    )
  makeFolders(paths)
  const { key } = await loadOrCreatePeerKey(paths.home)
  const wallet = existsSync(paths.wallet) ? await loadWallet(paths.wallet) : await createWallet(paths.wallet)
  const token = given === '-' ? readFileSync(0, 'utf8').trim() : given
  const name = options.name ?? `peer-${key.slice(0, 6).toLowerCase()}`
  const invite = await joinRoster({ dir: paths.roster, clock: createSystemClock(), token, owner: wallet.key, name })
  output.answer({ network: invite.network, peer: key, wallet: wallet.key, home: paths.home }, () => {
    output.line(invite.network)
    output.note('next: weft up; the founder’s peer must be reachable then')
  })
  return 0
}
