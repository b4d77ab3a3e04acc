/** A peer that runs Python as it should and says that something else came out. Started by `world.ts` only. */
import { NoopExecutor } from '#node/adapters/executors/noop/executor.ts'
import { PythonExecutor } from '#node/adapters/executors/python/executor.ts'
import type { Executor } from '#node/ports/executor.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { runOddPeer } from './odd-peer.ts'

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

await runOddPeer(
  new Map<string, Executor>([
    ['python', new LyingExecutor()],
    ['noop', new LyingNoop()],
  ]),
)
