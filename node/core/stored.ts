/** What was on the disk when the peer started. */
import type { AccountState } from '#protocol/account/state.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Recovered } from '#protocol/agreement/effects.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { WallMs } from './time.ts'

/** One account's log as it was found. */
export interface StoredLog {
  readonly state: AccountState
  /** Of `state`; `undefined` at height 0. */
  readonly certificate: Certificate | undefined
  /** Epoch of the committee that goes on with it. */
  readonly epoch: number
  /** Epoch in which this witness abstains; 0: none. */
  readonly abstainsIn: number
}

/** All that a peer remembers of its earlier lives. The core trusts it: who reads it has checked it. */
export interface Stored {
  /** At most one of each account. */
  readonly logs: readonly StoredLog[]
  /** What this witness must not contradict, of every account that has a log here. */
  readonly votes: ReadonlyMap<WalletKey, Recovered>
  /** The highest epoch that this witness closed; 0: none. */
  readonly closedEpoch: number
  /** The blobs that are in the store, by their ids, and until when they are kept. */
  readonly blobs: ReadonlyMap<string, WallMs>
  /** Run name → record of the commitment and result that were made before the restart. */
  readonly runs: ReadonlyMap<string, Uint8Array>
}
