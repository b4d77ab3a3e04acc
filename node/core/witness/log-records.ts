/**
 * What a log writes into the store: snapshots of its state, and the entries after them. The runtime reads them at the
 * start.
 */
import { encodeState } from '#protocol/account/codec.ts'
import type { Rules } from '#protocol/account/draft.ts'
import type { AccountState } from '#protocol/account/state.ts'
import { type Certificate, encodeCertificate } from '#protocol/agreement/certificate.ts'
import type { Bodies, Entry } from '#protocol/agreement/entry.ts'
import { limits } from '#protocol/limits.ts'
import { encode } from '#protocol/wire/canonical.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { StoreChange } from '../effects.ts'
import { storeKeys } from '../store-keys.ts'

/** What of a log is on the disk. */
interface Certified {
  readonly account: WalletKey
  readonly state: AccountState
  /** Certificate of `state`; `undefined` at height 0. */
  readonly certificate: Certificate | undefined
  /** Those of the epoch that this witness is in. */
  readonly rules: Rules
}

/** The log's state as a whole, with the epoch that this witness is in: enough to start from. */
export function snapshotChanges({ account, state, certificate, rules }: Certified): StoreChange[] {
  const certificateBytes = certificate === undefined ? new Uint8Array() : encodeCertificate(certificate)
  const value = encode([state.height, rules.committee.epoch, certificateBytes, encodeState(state)])
  return [{ put: storeKeys.snapshot(account, state.height), value }]
}

/**
 * The entry that led to the log's state. Every {@link limits.snapshotEveryEntries} heights a snapshot goes with it;
 * what is more than {@link limits.entriesKeptPerAccount} heights old is deleted.
 */
export function entryChanges(log: Certified, entry: Entry, bodies: Bodies): StoreChange[] {
  const { account, certificate } = log
  const { height } = log.state
  const certificateBytes = certificate === undefined ? new Uint8Array() : encodeCertificate(certificate)
  const raws = [...bodies.values()].map((envelope) => envelope.raw)
  const changes: StoreChange[] = [
    { put: storeKeys.entry(account, height), value: encode([entry.raw, certificateBytes, raws]) },
  ]
  if (height % limits.snapshotEveryEntries === 0) changes.push(...snapshotChanges(log))
  const forgotten = height - limits.entriesKeptPerAccount
  if (forgotten > 0) changes.push({ del: storeKeys.entry(account, forgotten) })
  if (forgotten > 0 && forgotten % limits.snapshotEveryEntries === 0) {
    changes.push({ del: storeKeys.snapshot(account, forgotten - limits.snapshotEveryEntries) })
  }
  return changes
}
