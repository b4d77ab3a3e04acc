/** What the peer, its Python child and the child's worker say to each other, with a parser for every edge. */
import type { OutputFile } from '#node/ports/executor.ts'

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

/** How a run ended, as far as the child can tell. */
export type End =
  /** The program ended by itself; `lastLine` is the end of stderr. */
  | { readonly kind: 'exit'; readonly code: number; readonly lastLine: string; readonly files: readonly OutputFile[] }
  | { readonly kind: 'limit'; readonly code: 'MEMORY_LIMIT' | 'OUTPUT_LIMIT'; readonly reason: string }
  /** The program broke its interpreter. */
  | { readonly kind: 'crash'; readonly reason: string }
  /** Not the program's fault. */
  | { readonly kind: 'broken'; readonly reason: string }

export type Stream = 'stdout' | 'stderr'

/** From the child to the peer, per run: `started`, any number of `output`, `ended`. */
export type ChildMessage =
  | { readonly type: 'started' }
  | { readonly type: 'output'; readonly stream: Stream; readonly chunk: Uint8Array }
  | { readonly type: 'ended'; readonly end: End }

/** From the child to its worker: the run, the compiled module, and where stdout and stderr go. */
export interface WorkerRun {
  readonly request: RunRequest
  readonly module: WebAssembly.Module
  readonly stdout: SharedArrayBuffer
  readonly stderr: SharedArrayBuffer
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

/** The message in `value`, or `undefined`: a child that an attacker took over must not reach further. */
export function parseChildMessage(value: unknown): ChildMessage | undefined {
  if (!isRecord(value)) return undefined
  const { type, stream, chunk } = value
  if (type === 'started') return { type }
  if (type === 'output')
    return (stream === 'stdout' || stream === 'stderr') && chunk instanceof Uint8Array
      ? { type, stream, chunk }
      : undefined
  const end = type === 'ended' ? parseEnd(value['end']) : undefined
  return end && { type: 'ended', end }
}

/** The end of a run in `value`, or `undefined`. */
export function parseEnd(value: unknown): End | undefined {
  if (!isRecord(value)) return undefined
  const { kind, code, lastLine, files, reason } = value
  if (kind === 'exit')
    return Number.isSafeInteger(code) &&
      typeof code === 'number' &&
      typeof lastLine === 'string' &&
      isListOf(files, isFile)
      ? { kind, code, lastLine, files }
      : undefined
  if (typeof reason !== 'string') return undefined
  if (kind === 'crash' || kind === 'broken') return { kind, reason }
  return kind === 'limit' && (code === 'MEMORY_LIMIT' || code === 'OUTPUT_LIMIT') ? { kind, code, reason } : undefined
}

/** The worker's run in `value`, or `undefined`. */
export function parseWorkerRun(value: unknown): WorkerRun | undefined {
  if (!isRecord(value)) return undefined
  const { module, stdout, stderr } = value
  const request = parseRunRequest(value['request'])
  return request !== undefined &&
    module instanceof WebAssembly.Module &&
    stdout instanceof SharedArrayBuffer &&
    stderr instanceof SharedArrayBuffer
    ? { request, module, stdout, stderr }
    : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isFile(value: unknown): value is OutputFile {
  return isRecord(value) && typeof value['path'] === 'string' && value['bytes'] instanceof Uint8Array
}

function isListOf<T>(value: unknown, isMember: (member: unknown) => member is T): value is T[] {
  return Array.isArray(value) && value.every(isMember)
}
