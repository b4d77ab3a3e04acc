/** The folder that a client command works with: its daemon, and the wallet beside it. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadConfig } from '#node/config/load.ts'
import type { Paths } from '#node/config/paths.ts'
import { type DaemonFile, isAlive, readDaemonFile } from '../peer/daemon-file.ts'
import type { CommonOptions } from './define.ts'

/** Folder of `weft dev` below a peer's home. */
export const DEV_FOLDER = 'dev'

export interface ClientHome {
  readonly paths: Paths
  /** The daemon last started there, if any. */
  readonly daemon: DaemonFile | undefined
  /** The wallet that pays unless another is named. */
  readonly wallet: string
}

/** Settings and paths of this command. */
export function configOf(options: CommonOptions, flags: Readonly<Record<string, unknown>> = {}) {
  return loadConfig({ flags: { ...flags, home: options.home }, env: process.env, cwd: process.cwd() })
}

/** The peer's home; while no daemon runs there but `weft dev` does, that network's first peer and wallet. */
export function clientHome(options: CommonOptions): ClientHome {
  const { paths } = configOf(options)
  const own = readDaemonFile(paths.daemon)
  const devFile = join(paths.home, DEV_FOLDER, 'daemon.json')
  const dev = own !== undefined && isAlive(own.pid) ? undefined : readDaemonFile(devFile)
  if (dev !== undefined && isAlive(dev.pid)) {
    const wallet = join(dirname(devFile), 'wallet.json')
    return { paths, daemon: dev, wallet: existsSync(wallet) ? wallet : paths.wallet }
  }
  return { paths, daemon: own, wallet: paths.wallet }
}
