/** Events of the three programs, read out of a transaction's log lines. */
import type { PublicKey } from '@solana/web3.js'
import { z } from 'zod'
import { JOB_RECEIPT_ID, NODE_REGISTRY_ID, PAYMENT_SPLITTER_ID, type WeftPrograms } from '#programs/client/programs.ts'
import type { Shape } from '#protocol/shapes.ts'
import { toHex } from '#protocol/wire/hash.ts'

/** One event as it is stored; amounts as decimal text, keys in base58, other bytes in hex. */
export const chainEventSchema = z.object({
  /**
   * `NodeRegistered`, `JobCreated`, `JobCompleted`, `PaymentDistributed`, and what changes accounts: `Settled`,
   * `Deposited`, …
   */
  name: z.string(),
  slot: z.number().int(),
  signature: z.string(),
  /** Place among the events of its transaction. */
  index: z.number().int(),
  data: z.record(z.string(), z.union([z.string(), z.boolean()])),
})
/** {@link chainEventSchema}. */
export type ChainEvent = Shape<typeof chainEventSchema>

/** The events in `logs`, in order. A program's lines count only while it runs: nobody speaks for another. */
export function eventsIn(
  programs: WeftPrograms,
  { logs, slot, signature }: { readonly logs: readonly string[]; readonly slot: number; readonly signature: string },
): ChainEvent[] {
  const stack: string[] = []
  const events: ChainEvent[] = []
  for (const line of logs) {
    const invoked = /^Program (\w+) invoke \[\d+\]$/.exec(line)
    if (invoked !== null) stack.push(invoked[1] ?? '')
    else if (/^Program \w+ (success$|failed: )/.test(line)) stack.pop()
    else if (line.startsWith(DATA)) {
      const decoded = decode(programs, stack.at(-1) ?? '', line.slice(DATA.length))
      if (decoded !== undefined) events.push({ ...decoded, slot, signature, index: events.length })
    }
  }
  return events
}

const DATA = 'Program data: '

function decode(
  { registry, receipt, splitter }: WeftPrograms,
  program: string,
  data: string,
): Pick<ChainEvent, 'name' | 'data'> | undefined {
  const coders = new Map([
    [NODE_REGISTRY_ID.toBase58(), registry.coder],
    [JOB_RECEIPT_ID.toBase58(), receipt.coder],
    [PAYMENT_SPLITTER_ID.toBase58(), splitter.coder],
  ])
  const event = coders.get(program)?.events.decode(data)
  if (event === null || event === undefined) return undefined
  const fields = Object.entries(event.data as Record<string, unknown>)
  const name = `${event.name[0]?.toUpperCase() ?? ''}${event.name.slice(1)}`
  return { name, data: Object.fromEntries(fields.map(([field, value]) => [field, plain(value)])) }
}

function plain(value: unknown): string | boolean {
  if (typeof value === 'boolean') return value
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return toHex(Uint8Array.from(value as number[]))
  if (isKey(value)) return value.toBase58()
  return String(value)
}

function isKey(value: unknown): value is PublicKey {
  return typeof value === 'object' && value !== null && 'toBase58' in value
}
