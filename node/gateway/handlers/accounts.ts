/** Accounts. */
import type { PeerApi } from '../../peer/peer-api.ts'
import type { HandlersOf } from '../handler.ts'

/** Handlers of accounts. */
export function accountHandlers(peer: PeerApi): HandlersOf<'accounts'> {
  return {
    show: ({ params, signal }) => peer.account(params.wallet, { signal }),
  }
}
