/** A peer that runs Python as it should and says that something else came out. Started by `world.ts` only. */
import { NoopExecutor } from '#node/adapters/executors/noop.ts'
import { PythonExecutor } from '#node/adapters/executors/python/executor.ts'
import { createLog } from '#node/adapters/pino/log.ts'
import { loadConfig } from '#node/config/load.ts'
import { createPeer } from '#node/peer.ts'
import type { Executor } from '#node/ports.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import type { Ready } from './world.ts'

class LyingExecutor extends PythonExecutor {
  override async run(...given: Parameters<PythonExecutor['run']>): ReturnType<PythonExecutor['run']> {
    const outcome = await super.run(...given)
    return outcome.status === 'done' ? { ...outcome, stdout: utf8('a lie\n') } : outcome
  }
}

class LyingNoop extends NoopExecutor {
  override async run(...given: Parameters<NoopExecutor['run']>): ReturnType<NoopExecutor['run']> {
    const outcome = await super.run(...given)
    return outcome.status === 'done' ? { ...outcome, stdout: utf8('a lie\n') } : outcome
  }
}

const flags: Record<string, unknown> = {}
const bootstrap: string[] = []
for (let i = 2; i < process.argv.length; i++) {
  const name = process.argv[i]?.slice(2) ?? ''
  if (name === 'no-mdns') flags['mdns'] = false
  else if (name === 'bootstrap') bootstrap.push(process.argv[++i] ?? '')
  else flags[name === 'log-level' ? 'logLevel' : name] = process.argv[++i]
}
const { settings, paths } = loadConfig({ flags: { ...flags, bootstrap }, env: {}, cwd: process.cwd() })
const log = createLog({ level: 'info', destination: process.stderr })
const executors = new Map<string, Executor>([
  ['python', new LyingExecutor()],
  ['noop', new LyingNoop()],
])
const onFatal = (): never => process.exit(1)
const peer = await createPeer({ settings, paths, log, version: 'liar', executors, onFatal })
await peer.start()
const { peer: key, owner, addresses } = peer.info()
const ready: Ready = { peer: key, wallet: owner, url: '', pid: process.pid, addresses }
process.stdout.write(`${JSON.stringify(ready)}\n`)
process.stdin.on('end', () => void peer.stop().then(() => process.exit())).resume()
