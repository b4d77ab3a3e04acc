/** `weft chain events`: what happened on the network's programs. */

import { followEvents } from '#node/adapters/ledgers/solana/event-listener.ts'
import type { ChainEvent } from '#node/adapters/ledgers/solana/event-log.ts'
import { createLog } from '#node/adapters/log/log.ts'
import { withChainIndex } from '#node/peer/chain-index.ts'
import { type Client, followChain, routes } from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import { connect } from '../command/client.ts'
import type { CommandAction } from '../command/define.ts'
import { credits, shortKey } from '../command/format.ts'
import { onInterrupt } from '../command/interrupt.ts'
import { jsonText, type Output } from '../command/output.ts'
import { type ChainCommandOptions, chainHome } from './home.ts'

export interface ChainEventsOptions extends ChainCommandOptions {
  readonly since?: number
  readonly follow?: boolean
}

/**
 * From the daemon that runs in this home, which has them indexed; without one, or if the flags name another cluster,
 * from the chain.
 */
export const chainEvents: CommandAction<ChainEventsOptions> = async (output, options) => {
  const elsewhere = options.url !== undefined || options.networkName !== undefined
  const daemon = elsewhere ? undefined : await runningDaemon(options)
  return daemon === undefined ? fromChain(output, options) : fromDaemon(output, options, daemon)
}

interface Daemon {
  readonly client: Client
  readonly network: string
}

/** The daemon, if one answers. One that `--api` names must. */
async function runningDaemon(options: ChainEventsOptions): Promise<Daemon | undefined> {
  try {
    const client = connect(options)
    return { client, network: (await client.call(routes.network.status, {})).network }
  } catch (error) {
    if (options.api === undefined && error instanceof WeftError && error.code === 'DAEMON_UNREACHABLE') return undefined
    throw error
  }
}

async function fromDaemon(output: Output, options: ChainEventsOptions, { client, network }: Daemon): Promise<number> {
  const { follow = false, since = 0 } = options
  const { signal, off } = onInterrupt()
  const events: ChainEvent[] = []
  let agrees = true
  try {
    for await (const item of followChain(client, { since, follow, signal })) {
      if (item.type === 'live') {
        agrees = item.agrees
        if (!agrees) output.note(DISAGREES)
      } else if (follow || !output.json) show(output, item.event, item.undone ? 'undone' : undefined)
      else events.push(item.event)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    off()
  }
  if (output.json && !follow) output.answer({ network, agrees, events }, () => undefined)
  return 0
}

async function fromChain(output: Output, options: ChainEventsOptions): Promise<number> {
  const home = await chainHome(options)
  const { follow = false, since = 0 } = options
  const log = createLog({ level: 'warn', destination: process.stderr })
  return withChainIndex({ ...home, log }, async (index) => {
    const agrees = await index.bringUpToDate()
    const events: ChainEvent[] = []
    for await (const event of index.read(since)) {
      if (follow || !output.json) show(output, event)
      else events.push(event)
    }
    if (!agrees) output.note(DISAGREES)
    if (!follow) {
      if (output.json) output.answer({ network: home.chain.networkId, agrees, events }, () => undefined)
      return 0
    }
    const { signal, off } = onInterrupt()
    await followEvents(home.chain, index, {
      signal,
      log,
      onSynced: ({ added, undone }) => {
        for (const event of undone) show(output, event, 'undone')
        for (const event of added) show(output, event)
      },
    })
    off()
    return 0
  })
}

const DISAGREES = 'the events do not add up to what is on chain: the node does not have all of them'

/** One line: JSON for scripts. `undone`: the slot was rolled back. */
function show(output: Output, event: ChainEvent, undone?: 'undone'): void {
  if (output.json) {
    output.line(jsonText({ schemaVersion: 1, ...event, undone: undone !== undefined }))
    return
  }
  output.line(lineOf(event, undone))
}

/** `1234  Deposited  account 5FfpvJ35  amount 2 credits`. */
export function lineOf({ slot, name, data }: ChainEvent, undone?: 'undone'): string {
  const fields = Object.entries(data).map(([field, value]) => `${field} ${shown(field, value)}`)
  const what = undone === undefined ? name : `UNDONE ${name}`
  return `${String(slot).padStart(10)}  ${what.padEnd(18)}  ${fields.join('  ')}`
}

const AMOUNTS = new Set(['amount', 'fee', 'total', 'spent'])

function shown(field: string, value: string | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return AMOUNTS.has(field) ? credits(value) : shortKey(value)
}
