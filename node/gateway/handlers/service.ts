/** The daemon itself. */
import type { PeerApi } from '../../peer/peer-api.ts'
import type { HandlersOf } from '../handler.ts'
import { openApi } from '../openapi.ts'

/** With a token, strangers learn from `health` only that this is Weft. */
export function serviceHandlers(
  peer: PeerApi,
  { version, token }: { readonly version: string; readonly token?: string | undefined },
): HandlersOf<'service'> {
  const healthy = { service: 'weft', ok: true } as const
  return {
    health: () => (token === undefined ? { ...healthy, version, pid: process.pid, peer: peer.info().peer } : healthy),
    openapi: () => openApi(version),
  }
}
