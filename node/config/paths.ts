/** Where a peer keeps its files. */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import envPaths from 'env-paths'

/** Absolute paths of one peer. Folders are made with mode 0700, key files and `daemon` with 0600. */
export interface Paths {
  /** The folder of everything below, `config` and `log` excepted on a machine without WEFT_HOME. */
  readonly home: string
  readonly config: string
  readonly peerKey: string
  readonly wallet: string
  /** The founder's key of a private network that was made here. */
  readonly founderKey: string
  /** Folder of the store. */
  readonly store: string
  /** Folder of the roster ledger. */
  readonly roster: string
  /** How clients find the daemon: url, pid, version, token. */
  readonly daemon: string
  readonly log: string
}

/**
 * The paths under `home` (WEFT_HOME), or the platform's own places (XDG on Linux) if there is none. Touches no disk.
 */
export function pathsFor(home: string | undefined): Paths {
  if (home !== undefined) return within(home, join(home, 'config.yaml'), join(home, 'weft.log'))
  const platform = envPaths('weft', { suffix: '' })
  return within(platform.data, join(platform.config, 'config.yaml'), join(platform.log, 'weft.log'))
}

/** Makes the peer's folders for its owner only. */
export function makeFolders(paths: Paths): void {
  for (const folder of [paths.home, paths.store, paths.roster]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (process.platform !== 'win32') chmodSync(folder, 0o700)
  }
}

function within(home: string, config: string, log: string): Paths {
  return {
    home,
    config,
    peerKey: join(home, 'peer.key'),
    wallet: join(home, 'wallet.json'),
    founderKey: join(home, 'founder.json'),
    store: join(home, 'store'),
    roster: join(home, 'roster'),
    daemon: join(home, 'daemon.json'),
    log,
  }
}
