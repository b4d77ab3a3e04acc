/** A short way to run a program. */
import type { PythonExecutor } from '#node/adapters/executors/python/executor.ts'
import type { Outcome, Task } from '#node/ports/executor.ts'

const MiB = 1_024 * 1_024

/** What differs from a small default job. */
interface RunOverrides {
  readonly jobId?: string
  readonly fence?: number
  readonly params?: Task['engine']['params']
  readonly files?: Readonly<Record<string, string>>
  readonly timeMs?: number
  readonly memoryBytes?: number
  readonly outputBytes?: number
  readonly signal?: AbortSignal
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void
}

/** Runs `code` on `engine`. */
export function run(engine: PythonExecutor, code: string | undefined, over: RunOverrides = {}): Promise<Outcome> {
  return engine.run(
    {
      jobId: over.jobId ?? 'job',
      fence: over.fence ?? 1,
      engine: { type: 'python', params: { ...(code === undefined ? {} : { code }), ...over.params } },
      files: Object.entries(over.files ?? {}).map(([path, body]) => ({ path, bytes: Buffer.from(body) })),
      limits: {
        timeMs: over.timeMs ?? 30_000,
        memoryBytes: over.memoryBytes ?? 128 * MiB,
        outputBytes: over.outputBytes ?? MiB,
      },
    },
    { signal: over.signal ?? new AbortController().signal, onOutput: over.onOutput ?? (() => undefined) },
  )
}
