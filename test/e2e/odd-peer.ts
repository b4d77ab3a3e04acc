/** A peer of a test's own making, started by `world.ts` with the flags of `weft up`. */
import { createLog } from '#node/adapters/log/log.ts'
import { loadConfig } from '#node/config/load.ts'
import type { Paths } from '#node/config/paths.ts'
import { createPeer } from '#node/peer/create-peer.ts'
import type { Executor } from '#node/ports/executor.ts'
import type { Ready } from './world.ts'

/** Where this process's peer lives. */
export function oddPaths(): Paths {
  return config().paths
}

/** Runs the peer, with these executors if any are given, until stdin ends; prints one line once it is ready. */
export async function runOddPeer(executors?: ReadonlyMap<string, Executor>): Promise<void> {
  const { settings, paths } = config()
  const log = createLog({ level: 'info', destination: process.stderr })
  const onFatal = (): never => process.exit(1)
  const own = executors === undefined ? {} : { executors }
  const peer = await createPeer({ settings, paths, log, version: 'odd', onFatal, ...own })
  await peer.start()
  const { peer: key, owner, addresses } = peer.info()
  const ready: Ready = { peer: key, wallet: owner, url: '', pid: process.pid, addresses }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  process.stdin.on('end', () => void peer.stop().then(() => process.exit())).resume()
}

function config(): ReturnType<typeof loadConfig> {
  const flags: Record<string, unknown> = {}
  const bootstrap: string[] = []
  for (let i = 2; i < process.argv.length; i++) {
    const name = process.argv[i]?.slice(2) ?? ''
    if (name === 'no-mdns') flags['mdns'] = false
    else if (name === 'bootstrap') bootstrap.push(process.argv[++i] ?? '')
    else flags[name === 'log-level' ? 'logLevel' : name] = process.argv[++i]
  }
  return loadConfig({ flags: { ...flags, bootstrap }, env: {}, cwd: process.cwd() })
}
