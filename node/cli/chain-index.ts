/** The index of a network's events, in the folder of the command. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createLevelStore } from '#node/adapters/level/store.ts'
import { createLog } from '#node/adapters/pino/log.ts'
import { EventIndex } from '#node/adapters/solana/event-index.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import type { Log } from '#node/ports.ts'
import type { ChainHome } from './chain-home.ts'

/** Gives `work` the index, brought up to date; its store is closed afterwards. STORE_LOCKED if another command has it open. */
export async function withIndex<T>(
  { chain, folder }: ChainHome,
  work: (index: EventIndex, log: Log) => Promise<T>,
): Promise<T> {
  const log = createLog({ level: 'warn', destination: process.stderr })
  const path = join(folder, 'chain-index', chain.networkId.replace(/[^A-Za-z0-9-]/g, '_'))
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const store = createLevelStore({ folder: path, clock: createSystemClock(), log })
  await store.open()
  try {
    return await work(await EventIndex.open(chain, store), log)
  } finally {
    await store.close()
  }
}

/** Reads what is new; reads everything anew if the sums of the events are not those on chain. True if they are now. */
export async function bringUpToDate(index: EventIndex): Promise<boolean> {
  await index.sync()
  if ((await index.reconcile()).length === 0) return true
  await index.clear()
  await index.sync()
  return (await index.reconcile()).length === 0
}
