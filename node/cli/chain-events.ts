/** `weft chain events`: what happened on the network's programs. */

import { createLog } from '#node/adapters/pino/log.ts'
import { followEvents } from '#node/adapters/solana/event-listener.ts'
import type { ChainEvent } from '#node/adapters/solana/event-log.ts'
import { withChainIndex } from '#node/chain-index.ts'
import { type ChainCommandOptions, chainHome } from './chain-home.ts'
import type { Run } from './define.ts'
import { credits, shortKey } from './format.ts'
import { onInterrupt } from './interrupt.ts'
import { jsonText, type Output } from './output.ts'

export interface ChainEventsOptions extends ChainCommandOptions {
  readonly since?: number
  readonly follow?: boolean
}

export const chainEvents: Run<ChainEventsOptions> = async (output, options) => {
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
    if (!agrees) output.note('the events do not add up to what is on chain: the node does not have all of them')
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
  return `${String(slot).padStart(10)}  ${(undone === undefined ? name : `UNDONE ${name}`).padEnd(18)}  ${fields.join('  ')}`
}

const AMOUNTS = new Set(['amount', 'fee', 'total', 'spent'])

function shown(field: string, value: string | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return AMOUNTS.has(field) ? credits(value) : shortKey(value)
}
