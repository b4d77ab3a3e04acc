/** The thread's side of a run: what every engine's `worker.ts` is made of. */
import { parentPort } from 'node:worker_threads'
import type { OutputStream } from '#node/ports/executor.ts'
import { type End, isRecord } from './messages.ts'
import { StreamWriter } from './stream.ts'

/** From the child to its thread: the engine's own work, and where stdout and stderr go. */
export interface ThreadRun {
  readonly work: unknown
  readonly stdout: SharedArrayBuffer
  readonly stderr: SharedArrayBuffer
}

interface Service<Work> {
  /** The work in a message, or `undefined`. */
  readonly parse: (message: unknown) => Work | undefined
  /** Runs it to its end, on this thread; `write` gets what it prints, in order. Never throws. */
  readonly run: (work: Work, write: (stream: OutputStream, chunk: Uint8Array) => void) => End
}

/** Takes one run, answers with its end. Then this thread is thrown away. */
export function serveThread<Work>(service: Service<Work>): void {
  parentPort?.once('message', (message: unknown) => parentPort?.postMessage(serve(service, message)))
  parentPort?.postMessage('ready')
}

function serve<Work>({ parse, run }: Service<Work>, message: unknown): End {
  const given = parseThreadRun(message)
  const work = parse(given?.work)
  if (given === undefined || work === undefined) return { kind: 'broken', reason: 'the worker was given no run' }
  const writers = { stdout: new StreamWriter(given.stdout), stderr: new StreamWriter(given.stderr) }
  return run(work, (stream, chunk) => writers[stream].write(chunk))
}

/** The run in `value`, or `undefined`. */
export function parseThreadRun(value: unknown): ThreadRun | undefined {
  if (!isRecord(value)) return undefined
  const { work, stdout, stderr } = value
  return stdout instanceof SharedArrayBuffer && stderr instanceof SharedArrayBuffer
    ? { work, stdout, stderr }
    : undefined
}
