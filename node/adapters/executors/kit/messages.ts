/**
 * What an engine's child says to the peer, and its worker to the child, with a parser for every edge. What they are
 * asked to run is the engine's own: it brings a parser for that.
 */
import type { OutputFile, OutputStream } from '#node/ports/executor.ts'

/** How a run ended, as far as the child can tell. */
export type End =
  /** The program ended by itself; `lastLine` is the end of stderr. */
  | { readonly kind: 'exit'; readonly code: number; readonly lastLine: string; readonly files: readonly OutputFile[] }
  | { readonly kind: 'limit'; readonly code: 'MEMORY_LIMIT' | 'OUTPUT_LIMIT'; readonly reason: string }
  /** The program broke its interpreter. */
  | { readonly kind: 'crash'; readonly reason: string }
  /** Not the program's fault. */
  | { readonly kind: 'broken'; readonly reason: string }

/** From the child to the peer, per run: `started`, any number of `output`, `ended`. */
export type ChildMessage =
  | { readonly type: 'started' }
  | { readonly type: 'output'; readonly stream: OutputStream; readonly chunk: Uint8Array }
  | { readonly type: 'ended'; readonly end: End }

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

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

export function isFile(value: unknown): value is OutputFile {
  return isRecord(value) && typeof value['path'] === 'string' && value['bytes'] instanceof Uint8Array
}

export function isListOf<T>(value: unknown, isMember: (member: unknown) => member is T): value is T[] {
  return Array.isArray(value) && value.every(isMember)
}
