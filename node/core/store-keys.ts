/** Names of the core's records in the store. Heights and times are padded so that keys order as numbers do. */
import type { WalletKey } from '#protocol/wire/keys.ts'
import { asNumber, asWall, type WallMs } from './time.ts'

const pad = (value: number): string => String(value).padStart(16, '0')

/** What is where. Different arguments give different keys; they are on disks, so they do not change. */
export const storeKeys = {
  /** The entry that led to `height`, with its certificate and bodies. The newest `limits.entriesKeptPerAccount`. */
  entry: (account: WalletKey, height: number) => `log/${account}/entry/${pad(height)}`,
  /** The state at `height`; every `limits.snapshotEveryEntries`, so that a start replays few entries. */
  snapshot: (account: WalletKey, height: number) => `log/${account}/snapshot/${pad(height)}`,
  /** There if this witness abstains in the epoch of its log: its disk is older than its signatures. */
  abstain: (account: WalletKey) => `log/${account}/abstain`,
  /** The highest epoch in which this witness begins no log any more. */
  closedEpoch: 'closed-epoch',
  /** What this witness must not contradict after a restart; the newest of each kind. */
  vote: (account: WalletKey, kind: 'lock' | 'promise' | 'signed') => `vote/${account}/${kind}`,
  /** Receipt of a closed job, for `limits.resultsKeptMs`. */
  receipt: (job: string) => `receipt/${job}`,
  /** Content by its id: inputs, outputs, logs. */
  blob: (cid: string) => `blob/${cid}`,
  /** Commitment and result of a run, from before the commitment is said until the run is over. */
  run: (run: string) => `run/${run}`,
  /** A job that this peer's user signed. */
  posted: (job: string) => `posted/${job}`,
  /** Index of what may be forgotten when: in the order of time, without a value. */
  expiry: (atMs: WallMs, key: string) => `expiry/${pad(asNumber(atMs))}/${key}`,
} as const

/** What a key of the expiry index stands for: from when on which record may be forgotten. */
export function expiryOf(index: string): { readonly atMs: WallMs; readonly key: string } {
  const [, at, ...key] = index.split('/')
  return { atMs: asWall(Number(at)), key: key.join('/') }
}

/** The id of the blob that is stored under `key`; `undefined` if it is another record. */
export function cidOf(key: string): string | undefined {
  return key.startsWith('blob/') ? key.slice('blob/'.length) : undefined
}

/** The range of all keys that begin with `prefix`. */
export function within(prefix: string): { gte: string; lt: string } {
  return { gte: prefix, lt: `${prefix}\uffff` }
}
