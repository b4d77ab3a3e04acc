/** The types of the shapes under the names that commands know. */
export type { AccountView } from './accounts.ts'
export type { ChainEventView, ChainItem } from './chain.ts'
export type { JobEvent, JobView } from './job-view.ts'
export type { PeerInfo, PeerSummary } from './network.ts'
