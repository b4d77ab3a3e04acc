/**
 * A peer for `python-processes.test.ts`: prints the id of a child whose program never ends, or runs one program and
 * ends (`once`) or stops its engine first (`stop`).
 */
import { PythonExecutor } from '#node/adapters/executors/python/executor.ts'
import { run } from './run.ts'

const engine = new PythonExecutor()
const tell = () => process.stdout.write(`${engine.pids[0]}\n`)
if (process.argv[2] === 'once') {
  await run(engine, 'print(1)')
  tell()
} else if (process.argv[2] === 'stop') {
  await run(engine, 'print(1)')
  tell()
  await engine.stop()
  process.exitCode = 7
} else await run(engine, 'print(1, flush=True)\nwhile True: pass', { timeMs: 3_600_000, onOutput: tell })
