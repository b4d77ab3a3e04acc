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
  readonly blobs: readonly string[]
  /** Run name → commitment and result that were made before the restart. */
  readonly runs: ReadonlyMap<string, Uint8Array>
}
