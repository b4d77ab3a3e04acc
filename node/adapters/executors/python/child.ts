/**
 * Entry point of the killable child process of Python: compiles CPython for a run's memory limit, and runs it in a
 * thread.
 */
import type { End } from '../kit/messages.ts'
import { type Report, serveRuns } from '../kit/serve-runs.ts'
import { ThreadRuns } from '../kit/thread-runs.ts'
import { MemoryCapTooSmall } from '../kit/wasi/memory-cap.ts'
import { bounds } from './bounds.ts'
import { parseRunRequest, type RunRequest } from './messages.ts'
import { Modules } from './modules.ts'

serveRuns({ parse: parseRunRequest, run })
const modules = new Modules()
const threads = new ThreadRuns('python', bounds)

async function run(request: RunRequest, report: Report): Promise<End> {
  const { memoryBytes, outputBytes } = request
  try {
    const module = await modules.get(memoryBytes)
    return await threads.run({ request, module }, { outputBytes, report })
  } catch (error) {
    if (!(error instanceof MemoryCapTooSmall)) throw error
    const reason = `python needs at least ${error.minimumBytes} bytes of memory`
    return { kind: 'limit', code: 'MEMORY_LIMIT', reason }
  }
}
