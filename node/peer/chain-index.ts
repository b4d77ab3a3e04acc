/** The index of a network's events in a folder: for commands, beside the daemon's own store. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ChainNetwork } from '../adapters/ledgers/solana/cluster.ts'
import { EventIndex } from '../adapters/ledgers/solana/event-index.ts'
import { createLevelStore } from '../adapters/store/level.ts'
import { createSystemClock } from '../adapters/system/clock.ts'
import type { Log } from '../ports/log.ts'

/**
 * Gives `work` the network's index below `folder`; its store is closed afterwards. STORE_LOCKED if another command has
 * it open.
 */
export async function withChainIndex<T>(
  { chain, folder, log }: { readonly chain: ChainNetwork; readonly folder: string; readonly log: Log },
  work: (index: EventIndex) => Promise<T>,
): Promise<T> {
  const path = join(folder, 'chain-index', chain.networkId.replace(/[^A-Za-z0-9-]/g, '_'))
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const store = createLevelStore({ folder: path, clock: createSystemClock(), log })
  await store.open()
  try {
    return await work(await EventIndex.open(chain, store))
  } finally {
    await store.close()
  }
}
