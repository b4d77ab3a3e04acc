/** Answers `blob`, and finds what `why` is made from: in this peer's store, or with others, and then checked. */
import type { Receipt } from '#protocol/account/receipt.ts'
import type { Notice } from '../../core/effects.ts'
import { storeKeys } from '../../core/store-keys.ts'
import { atMost } from '../../ports/at-most.ts'
import type { RecoverOptions } from '../../runtime/recover.ts'
import { type EntryMaterial, problemOf, readMaterial } from './explain-placement.ts'
import type { ApiParts } from './parts.ts'

/** Less than the gateway waits for an answer: what nobody has is NOT_FOUND, not TIMEOUT. */
const BLOB_TIMEOUT_MS = 25_000
const ENTRY_TIMEOUT_MS = 8_000

/** The content with this id; `undefined` if nobody that is connected has it. */
export async function fetchBlob(
  parts: ApiParts,
  cid: string,
  { signal }: { signal: AbortSignal },
): Promise<Uint8Array | undefined> {
  const { store, notices, driver, core } = parts
  const here = await store.get(storeKeys.blob(cid))
  if (here !== undefined || core.hasBlob(cid)) return here
  const pick = (notice: Notice): true | undefined => (notice.type === 'blob' && notice.cid === cid ? true : undefined)
  const begin = (): void => driver.dispatch({ type: 'fetch', cid })
  const asking = atMost(BLOB_TIMEOUT_MS, signal, (limited) => notices.first(pick, { signal: limited, begin }))
  const arrived = await asking.catch(() => false)
  signal.throwIfAborted()
  return arrived ? store.get(storeKeys.blob(cid)) : undefined
}

/** What the placing entry was made of: from this peer's store, or from the witnesses. */
export async function fetchMaterial(
  parts: ApiParts,
  receipt: Receipt,
  context: RecoverOptions,
  signal: AbortSignal,
): Promise<EntryMaterial | undefined> {
  const { account, epoch } = receipt.certificate.header
  const height = receipt.job.placedHeight
  if (height === 0) return undefined
  const own = await readMaterial(account, height, context)
  if (own !== undefined) return own
  const { notices, driver } = parts
  // One that was changed is shown only if nobody has a better one.
  let last: EntryMaterial | undefined
  const pick = (notice: Notice): EntryMaterial | undefined => {
    if (notice.type !== 'entry' || notice.account !== account || notice.height !== height) return undefined
    last = notice
    return problemOf(receipt, notice, context) === undefined ? notice : undefined
  }
  const begin = (): void => driver.dispatch({ type: 'fetch-entry', account, epoch, height })
  const asking = atMost(ENTRY_TIMEOUT_MS, signal, (limited) => notices.first(pick, { signal: limited, begin }))
  const found = await asking.catch(() => last)
  signal.throwIfAborted()
  return found
}
