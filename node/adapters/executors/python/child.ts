/**
 * Entry point of the killable child process: one run at a time, each in a thread of its own, so that this process keeps answering and
 * notices when the peer is gone. The next thread is loaded ahead.
 */
import { limits } from '#protocol/limits.ts'
import { bounds } from './bounds.ts'
import { closeInheritedFiles } from './close-inherited.ts'
import { MemoryCapTooSmall } from './memory-cap.ts'
import { type ChildMessage, type End, parseRunRequest, type RunRequest } from './messages.ts'
import { Modules } from './modules.ts'
import { createStream, StreamReader } from './stream.ts'
import { Thread } from './thread.ts'

closeInheritedFiles()
const modules = new Modules()
let nextThread = new Thread()

process.on('message', (message) => {
  // Never rejects: a failure is an end of the run.
  void handle(message)
})
process.on('disconnect', () => process.exit(0))
// The peer may have gone while this was loaded, and nobody was told.
if (process.connected !== true) process.exit(0)

async function handle(message: unknown): Promise<void> {
  const request = parseRunRequest(message)
  const end =
    request === undefined
      ? ({ kind: 'broken', reason: 'the child was given no run' } as const)
      : await run(request).catch((error: unknown): End => failure(error))
  send({ type: 'ended', end })
}

async function run(request: RunRequest): Promise<End> {
  const thread = nextThread
  const module = await modules.get(request.memoryBytes)
  await thread.ready()
  const keptBytes = Math.min(limits.streamBytes, request.outputBytes)
  const stdout = createStream(keptBytes)
  const stderr = createStream(keptBytes)
  const readers = { stdout: new StreamReader(stdout), stderr: new StreamReader(stderr) }
  const forward = () => {
    for (const stream of ['stdout', 'stderr'] as const) {
      const chunk = readers[stream].take()
      if (chunk !== undefined) send({ type: 'output', stream, chunk })
    }
  }
  const pace = setInterval(forward, bounds.outputPaceMs)
  try {
    send({ type: 'started' })
    return await thread.run({ request, module, stdout, stderr })
  } finally {
    clearInterval(pace)
    forward()
    nextThread = new Thread()
  }
}

function failure(error: unknown): End {
  if (error instanceof MemoryCapTooSmall)
    return {
      kind: 'limit',
      code: 'MEMORY_LIMIT',
      reason: `python needs at least ${error.minimumBytes} bytes of memory`,
    }
  return { kind: 'broken', reason: error instanceof Error ? error.message : String(error) }
}

function send(message: ChildMessage): void {
  // The callback keeps a lost channel from becoming an uncaught error; 'disconnect' ends this process.
  process.send?.(message, undefined, {}, () => undefined)
}
