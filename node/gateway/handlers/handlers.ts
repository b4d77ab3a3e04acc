/** The handlers of every route, by noun. */
import type { PeerApi } from '../../peer/peer-api.ts'
import type { Feeds } from '../feeds.ts'
import type { Handlers } from '../handler.ts'
import { accountHandlers } from './accounts.ts'
import { blobHandlers } from './blobs.ts'
import { chainHandlers } from './chain.ts'
import { jobHandlers } from './jobs.ts'
import { networkHandlers } from './network.ts'
import { resultHandlers } from './results.ts'
import { serviceHandlers } from './service.ts'

/** What handlers need beside the peer. */
export interface HandlerParts {
  readonly feeds: Feeds
  /** Of Weft. */
  readonly version: string
  readonly token?: string | undefined
}

/** Handlers over `peer`, one for each route. */
export function handlersOf(peer: PeerApi, parts: HandlerParts): Handlers {
  return {
    service: serviceHandlers(peer, parts),
    network: networkHandlers(peer),
    accounts: accountHandlers(peer),
    jobs: { ...jobHandlers(peer, parts.feeds), ...resultHandlers(peer) },
    blobs: blobHandlers(peer),
    chain: chainHandlers(peer),
  }
}
