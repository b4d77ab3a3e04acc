/** What was kept for its time is deleted; inputs of open jobs stay, however long those take by whichever clock. */
import { openJobs } from '#protocol/account/state.ts'
import { inputsKeptUntilMs } from './blobs/blob-exchange.ts'
import type { Parts } from './dispatch-frame.ts'
import type { StoreChange } from './effects.ts'
import { cidOf, expiryOf } from './store-keys.ts'
import { latest, type WallMs } from './time.ts'

/**
 * Deletes the records that `index`, keys of the expiry index, says are due, and the keys themselves. Of blobs, only
 * those that no open job needs, and that nobody prolonged since the index was read.
 */
export function forgetExpired(parts: Parts, index: readonly string[]): void {
  const { blobs, context } = parts
  const needed = neededBlobs(parts)
  const changes: StoreChange[] = index.map((del) => ({ del }))
  const cids: string[] = []
  for (const { key } of index.map(expiryOf)) {
    const cid = cidOf(key)
    if (cid === undefined) changes.push({ del: key })
    else cids.push(cid)
  }
  // What is due goes first: a blob that stays gets a new key.
  context.write(changes, { durable: false })
  for (const cid of cids) blobs.expire(cid, needed.get(cid))
}

/** The inputs of jobs that are open in this peer's logs, or that run here, and until when they are needed. */
function neededBlobs({ witness, replica }: Parts): Map<string, WallMs> {
  const needed = new Map<string, WallMs>()
  const open = [...witness.keeper.all()].flatMap(({ state }) => openJobs(state))
  for (const { spec } of [...open, ...replica.jobs()]) {
    const untilMs = inputsKeptUntilMs(spec)
    for (const { cid } of spec.inputs) needed.set(cid, latest(needed.get(cid) ?? untilMs, untilMs))
  }
  return needed
}
