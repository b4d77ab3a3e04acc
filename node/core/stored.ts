/** What was on the disk when the peer started. */
import type { AccountState } from '#protocol/account/state.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Recovered } from '#protocol/agreement/effects.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'

export interface Stored {
  readonly logs: readonly {
    readonly state: AccountState
    readonly certificate: Certificate | undefined
    readonly epoch: number
    readonly abstainsIn: number
  }[]
  readonly votes: ReadonlyMap<WalletKey, Recovered>
  /** The highest epoch that this witness closed. */
  readonly closedEpoch: number
  /** The blobs that are in the store, by their ids, and until when they are kept: wall clock, milliseconds. */
  readonly blobs: ReadonlyMap<string, number>
  /** Run name → commitment and result that were made before the restart. */
  readonly runs: ReadonlyMap<string, Uint8Array>
}
