/** What the answers are made from. */
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { PeerInfo } from '../../api/network.ts'
import type { PeerCore } from '../../core/peer-core.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Executor } from '../../ports/executor.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Network } from '../../ports/network.ts'
import type { Store } from '../../ports/store.ts'
import type { Driver } from '../../runtime/driver.ts'
import type { NoticeHub } from '../../runtime/notices.ts'

/** The parts of a running peer, and what only its composition knows of it. None of them is changed by an answer. */
export interface ApiParts {
  readonly self: PeerKey
  readonly owner: WalletKey
  readonly version: string
  readonly slots: number
  /** Monotonic. */
  readonly startedMs: number
  readonly domain: Uint8Array
  readonly core: PeerCore
  readonly driver: Driver
  readonly network: Network
  readonly store: Store
  readonly ledger: Ledger
  readonly clock: Clock
  readonly notices: NoticeHub
  readonly executors: ReadonlyMap<string, Executor>
  readonly membership: () => { readonly state: PeerInfo['membership']['state']; readonly reason?: string }
  /** Those whose self-test is over, and worked. */
  readonly engines: () => readonly { engine: string; version: string }[]
  readonly invite: (options: { ttlMs: number; uses: number }) => Promise<string>
}
