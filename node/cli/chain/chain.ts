/** `weft chain`: serves a local Solana VM until the signal. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { LocalChainOptions, LocalChainServer } from '#node/adapters/ledgers/local-chain/server.ts'
import { startLocalChain } from '#node/adapters/ledgers/local-chain/server.ts'
import { createLog } from '#node/adapters/log/log.ts'
import type { Log } from '#node/ports/log.ts'
import { WeftError } from '#protocol/errors.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { configOf } from '../command/home.ts'
import { onInterrupt } from '../command/interrupt.ts'
import { jsonText } from '../command/output.ts'
import type { ChainReadyLine } from '../command/ready-lines.ts'
import { deployedPrograms } from './deployed-programs.ts'

/** Options of `weft chain`. */
export interface ChainOptions extends CommonOptions {
  readonly state?: string
  readonly port: number
  readonly slotMs?: number
  readonly readyJson?: boolean
  readonly exitWithParent?: boolean
}

/** The command: a local chain with the three programs of this installation. */
export const chain: CommandAction<ChainOptions> = async (output, options) => {
  const stateDir = options.state === undefined ? join(configOf(options).paths.home, 'chain') : resolve(options.state)
  const machine = options.readyJson === true || output.json
  const { signal, off } = onInterrupt()
  const ended = options.exitWithParent === true ? parentEnded() : new AbortController().signal
  try {
    await runLocalChain({
      stateDir,
      port: options.port,
      programs: deployedPrograms(),
      ...(options.slotMs === undefined ? {} : { slotMs: options.slotMs }),
      log: createLog({ level: 'warn', destination: process.stderr }),
      print: (line) => machine || output.line(line),
      onReady: ({ rpcUrl, wsUrl }) => {
        const ready: ChainReadyLine = {
          schemaVersion: 1,
          ready: true,
          rpcUrl,
          wsUrl,
          pid: process.pid,
          state: stateDir,
        }
        if (machine) output.line(jsonText(ready))
      },
      signal: AbortSignal.any([signal, ended]),
    })
    return 0
  } finally {
    off()
  }
}

/** What {@link runLocalChain} needs. */
export interface RunLocalChainOptions {
  readonly stateDir: string
  /** Port P of HTTP, WebSocket on P + 1; 0 takes any free pair. */
  readonly port: number
  readonly host?: string
  /** Programs by address and path of the .so file. */
  readonly programs: readonly { readonly id: string; readonly path: string }[]
  readonly slotMs?: number
  readonly faults?: NonNullable<LocalChainOptions['faults']>
  readonly log: Log
  /** Lines for people. */
  readonly print: (line: string) => void
  /** Called once it serves. */
  readonly onReady?: (server: LocalChainServer) => void
  readonly signal: AbortSignal
}

/**
 * Runs the chain until `signal` aborts, then takes a snapshot and returns. Throws WeftError as `startLocalChain` does;
 * USAGE if a program cannot be read.
 */
export async function runLocalChain(options: RunLocalChainOptions): Promise<void> {
  const { stateDir, port, print, signal, log } = options
  const programs = await Promise.all(options.programs.map(readProgram))
  const server = await startLocalChain({
    ...{ stateDir, port, programs, log },
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.slotMs === undefined ? {} : { slotMs: options.slotMs }),
    ...(options.faults === undefined ? {} : { faults: options.faults }),
    nowMs: Date.now,
    random: Math.random,
  })
  try {
    for (const line of greeting(server, options)) print(line)
    options.onReady?.(server)
    await Promise.race([aborted(signal), server.failed])
  } finally {
    await server.stop()
  }
}

/** Aborts when the process that started this one lets go of its stdin. */
function parentEnded(): AbortSignal {
  const control = new AbortController()
  process.stdin.on('end', () => control.abort()).on('error', () => {})
  process.stdin.resume()
  return control.signal
}

async function readProgram({ id, path }: { id: string; path: string }) {
  try {
    return { id, elf: await readFile(path) }
  } catch (cause) {
    throw new WeftError('USAGE', `the program file ${path} cannot be read`, { cause })
  }
}

function greeting(server: LocalChainServer, { stateDir, programs }: RunLocalChainOptions): string[] {
  const { transactions, recovery } = server.replayed
  return [
    'weft chain: a local Solana VM (litesvm), not a validator',
    `RPC:        ${server.rpcUrl}`,
    `WebSocket:  ${server.wsUrl}`,
    `State:      ${stateDir} (${transactions} transactions replayed)`,
    ...programs.map(({ id, path }) => `Program:    ${id} (${path})`),
    ...(recovery === undefined ? [] : [recovered(recovery)]),
    'Chain is ready',
  ]
}

function recovered({ lostBytes, keptIn }: NonNullable<LocalChainServer['replayed']['recovery']>): string {
  const lost = `the log's last ${lostBytes} bytes were damaged and are set aside in ${keptIn}`
  return `Recovered:  ${lost}; all complete records before them are in force`
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
