/** Names of the core's records in the store. Heights and times are padded so that keys order as numbers do. */
import type { WalletKey } from '#protocol/wire/keys.ts'

const pad = (value: number): string => String(value).padStart(16, '0')

export const storeKeys = {
  entry: (account: WalletKey, height: number) => `log/${account}/entry/${pad(height)}`,
  snapshot: (account: WalletKey, height: number) => `log/${account}/snapshot/${pad(height)}`,
  abstain: (account: WalletKey) => `log/${account}/abstain`,
  closedEpoch: 'closed-epoch',
  vote: (account: WalletKey, kind: 'lock' | 'promise' | 'signed') => `vote/${account}/${kind}`,
  receipt: (job: string) => `receipt/${job}`,
  blob: (cid: string) => `blob/${cid}`,
  run: (run: string) => `run/${run}`,
  posted: (job: string) => `posted/${job}`,
  /** Index of what may be forgotten when. */
  expiry: (atMs: number, key: string) => `expiry/${pad(atMs)}/${key}`,
} as const

/** What a key of the expiry index stands for: when which record may be forgotten. */
export function expiryOf(index: string): { readonly atMs: number; readonly key: string } {
  const [, at, ...key] = index.split('/')
  return { atMs: Number(at), key: key.join('/') }
}

/** The id of the blob that is stored under `key`; `undefined` if it is another record. */
export function cidOf(key: string): string | undefined {
  return key.startsWith('blob/') ? key.slice('blob/'.length) : undefined
}

/** All keys that begin with `prefix`. */
export function within(prefix: string): { gte: string; lt: string } {
  return { gte: prefix, lt: `${prefix}\uffff` }
}
