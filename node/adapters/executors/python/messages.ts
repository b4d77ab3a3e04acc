/** What a Python child, and the thread in it, are asked to run. The answers are the kit's. */
import type { OutputFile } from '#node/ports/executor.ts'
import { isFile, isListOf, isRecord } from '../kit/messages.ts'

/** One run, as the child gets it. */
export interface RunRequest {
  /** Text that seeds the program's random numbers. */
  readonly seed: string
  /** File under /job that is run. */
  readonly program: string
  readonly args: readonly string[]
  readonly stdin: string
  readonly files: readonly OutputFile[]
  readonly memoryBytes: number
  readonly outputBytes: number
}

/** From the child to its worker: the run, and the compiled module. */
export interface WorkerRun {
  readonly request: RunRequest
  readonly module: WebAssembly.Module
}

/** The run in `value`, or `undefined`. */
export function parseRunRequest(value: unknown): RunRequest | undefined {
  if (!isRecord(value)) return undefined
  const { seed, program, args, stdin, files, memoryBytes, outputBytes } = value
  return typeof seed === 'string' &&
    typeof program === 'string' &&
    isListOf(args, (arg) => typeof arg === 'string') &&
    typeof stdin === 'string' &&
    isListOf(files, isFile) &&
    typeof memoryBytes === 'number' &&
    typeof outputBytes === 'number'
    ? { seed, program, args, stdin, files, memoryBytes, outputBytes }
    : undefined
}

/** The worker's run in `value`, or `undefined`. */
export function parseWorkerRun(value: unknown): WorkerRun | undefined {
  if (!isRecord(value)) return undefined
  const { module } = value
  const request = parseRunRequest(value['request'])
  return request !== undefined && module instanceof WebAssembly.Module ? { request, module } : undefined
}
