/** Content by its id. */
import { WeftError } from '#protocol/errors.ts'
import type { PeerApi } from '../../peer/peer-api.ts'
import { Bytes, type HandlersOf } from '../handler.ts'

export function blobHandlers(peer: PeerApi): HandlersOf<'blobs'> {
  return {
    // An id names its bytes for ever, so it is their etag.
    show: async ({ params, signal }) => new Bytes(await readBlob(peer, params.cid, signal), `"${params.cid}"`),
  }
}

/** The content from whichever peer has it; NOT_FOUND if none that answers does. */
export async function readBlob(peer: PeerApi, cid: string, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await peer.blob(cid, { signal })
  if (bytes === undefined) throw new WeftError('NOT_FOUND', `no peer that answers has the content ${cid}`)
  return bytes
}
