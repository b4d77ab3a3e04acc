/**
 * Daemons, and the local chain, as child processes of this one. They stop when we stop them, and also when we are gone
 * (their stdin ends).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'
import { type ChainReadyLine, chainReadyLineSchema, type ReadyLine, readyLineSchema } from '../command/ready-lines.ts'

/** Time from spawn to ready: an import of 1 s, on a machine where a network of them starts at once. */
const READY_TIMEOUT_MS = 60_000
/** Time from SIGTERM to SIGKILL. */
const STOP_TIMEOUT_MS = 10_000

/** A child process that said it is ready. */
export interface Child<R> {
  readonly ready: R
  readonly pid: number
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>
  /** SIGTERM, then SIGKILL. Idempotent. */
  stop(): Promise<void>
}

export type ChildDaemon = Child<ReadyLine>

interface ChildOptions {
  readonly args: readonly string[]
  /** Where its log goes (0600). */
  readonly logFile: string
}

/** Starts `weft up` with `args`. Rejects with the end of its log if it does not get ready. */
export function spawnDaemon(options: ChildOptions): Promise<ChildDaemon> {
  return spawnWeft('up', options, readyLineSchema)
}

/** Starts `weft chain` with `args`. Rejects with the end of its log if it does not get ready. */
export function spawnChain(options: ChildOptions): Promise<Child<ChainReadyLine>> {
  return spawnWeft('chain', options, chainReadyLineSchema)
}

async function spawnWeft<R extends { readonly pid: number }>(
  command: string,
  { args, logFile }: ChildOptions,
  schema: z.ZodType<R>,
): Promise<Child<R>> {
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(
    process.execPath,
    [...process.execArgv, entry(), command, ...args, '--ready-json', '--exit-with-parent'],
    {
      stdio: ['pipe', 'pipe', log],
      // Ctrl-C reaches the whole group of a terminal: the parent stops its children itself, in order.
      detached: process.platform !== 'win32',
    },
  )
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  child.stdin?.on('error', () => {})
  const stop = once(() => stopChild(child, ended))
  try {
    const ready = await firstLine(child, ended, logFile, schema)
    return { ready, pid: ready.pid, ended, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The script that runs as `weft`. */
function entry(): string {
  const script = process.argv[1]
  if (script === undefined) throw new WeftError('INTERNAL', 'weft does not know its own script')
  return script
}

async function firstLine<R>(
  child: ChildProcess,
  ended: Promise<void>,
  logFile: string,
  schema: z.ZodType<R>,
): Promise<R> {
  if (child.stdout === null) throw new WeftError('INTERNAL', 'a child process has no stdout')
  const lines = createInterface({ input: child.stdout })
  let timer: NodeJS.Timeout | undefined
  const line = new Promise<string>((resolve) => lines.once('line', resolve))
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), READY_TIMEOUT_MS)
  })
  const first = await Promise.race([line, ended, late])
  clearTimeout(timer)
  const parsed = typeof first === 'string' && first !== 'late' ? schema.safeParse(parseJson(first)) : undefined
  if (parsed?.success) return parsed.data
  throw new WeftError('DAEMON_UNREACHABLE', `a child process did not start: ${lastLines(logFile)}`, {
    data: { next: `read ${logFile}` },
  })
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(timer)
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-3).join(' ').slice(-600) || 'it said nothing'
  } catch {
    return 'it left no log'
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
