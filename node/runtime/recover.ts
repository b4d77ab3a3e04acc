/** Reads what a peer wrote before it stopped: certified logs, votes, blobs and committed results. */
import { decodeState } from '#protocol/account/codec.ts'
import { readInput } from '#protocol/account/inputs.ts'
import { ownerIn } from '#protocol/account/job-account.ts'
import { step } from '#protocol/account/step.ts'
import { bodiesOf } from '#protocol/agreement/bodies.ts'
import { decodeCertificate } from '#protocol/agreement/certificate.ts'
import type { Recovered } from '#protocol/agreement/effects.ts'
import { readEntry } from '#protocol/agreement/entry.ts'
import { WeftError } from '#protocol/errors.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { decode } from '#protocol/wire/canonical.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { LedgerView } from '../core/effects.ts'
import { cidOf, expiryOf, storeKeys, within } from '../core/store-keys.ts'
import type { Stored, StoredLog } from '../core/stored.ts'
import type { WallMs } from '../core/time.ts'
import type { Store } from '../ports/store.ts'
import { recordSchemas } from './records.ts'

/** Where from, and by whose rules entries are applied again. */
export interface RecoverOptions {
  /** Open; only read. */
  readonly store: Store
  /** Must know the registries of the epochs whose entries are replayed. */
  readonly ledger: LedgerView
  /** Domain of all signatures in this network. */
  readonly domain: Uint8Array
  readonly networkId: string
}

/**
 * Everything that the core starts from; what it claims is in the store. Rejects with STORE_CORRUPT if a record cannot
 * be read, or an entry cannot be applied. Costs a replay of at most `limits.snapshotEveryEntries` entries per account,
 * and a reading of all blobs.
 */
export async function recover(options: RecoverOptions): Promise<Stored> {
  const { store } = options
  const accounts = await accountsIn(store)
  const logs: StoredLog[] = []
  const votes = new Map<WalletKey, Recovered>()
  for (const account of accounts) {
    const log = await recoverLog(account, options)
    if (log !== undefined) logs.push(log)
    votes.set(account, await recoverVotes(account, store))
  }
  const closed = await store.get(storeKeys.closedEpoch)
  return {
    logs,
    votes,
    closedEpoch: closed === undefined ? 0 : recordSchemas.closedEpoch.parse(decode(closed)),
    blobs: await recoverBlobs(store),
    runs: await recoverRuns(store),
  }
}

/**
 * The state of `account` after `height`, or the newest one, replayed from the snapshot before it; `undefined` if it is
 * not on this disk. Rejects with STORE_CORRUPT as {@link recover} does.
 */
export async function stateAt(
  account: WalletKey,
  height: number | undefined,
  options: RecoverOptions,
): Promise<StoredLog | undefined> {
  const { store, domain } = options
  const lt =
    height === undefined
      ? `${storeKeys.snapshot(account, 0).slice(0, -16)}\uffff`
      : storeKeys.snapshot(account, height + 1)
  const [found] = await store.range({ gte: storeKeys.snapshot(account, 0), lt, limit: 1, reverse: true })
  if (found === undefined) return undefined
  const parsed = recordSchemas.snapshot.safeParse(decode(found[1]))
  const state = parsed.success ? decodeState(parsed.data[3], domain) : undefined
  if (!parsed.success || state === undefined) throw corrupt(found[0])
  const [, epoch, certificateBytes] = parsed.data
  const start = { state, certificate: decodeCertificate(certificateBytes), epoch, abstainsIn: 0 }
  return replay(start, height, options)
}

async function recoverLog(account: WalletKey, options: RecoverOptions): Promise<StoredLog | undefined> {
  const log = await stateAt(account, undefined, options)
  const abstains = await options.store.get(storeKeys.abstain(account))
  return log === undefined || abstains === undefined ? log : { ...log, abstainsIn: log.epoch }
}

async function replay(start: StoredLog, upTo: number | undefined, options: RecoverOptions): Promise<StoredLog> {
  const { store } = options
  const { account } = start.state
  let log = start
  const lt =
    upTo === undefined ? `${storeKeys.entry(account, 0).slice(0, -16)}\uffff` : storeKeys.entry(account, upTo + 1)
  for (;;) {
    const gte = storeKeys.entry(account, log.state.height + 1)
    const page = gte < lt ? await store.range({ gte, lt, limit: 64 }) : []
    if (page.length === 0) return log
    for (const [key, value] of page) {
      const next = replayEntry(log, value, options)
      if (next === undefined) throw corrupt(key)
      log = next
    }
  }
}

function replayEntry(log: StoredLog, value: Uint8Array, options: RecoverOptions): StoredLog | undefined {
  const { domain, ledger, networkId } = options
  const parsed = recordSchemas.entry.safeParse(decode(value))
  if (!parsed.success) return undefined
  const [raw, certificateBytes, bodies] = parsed.data
  const entry = readEntry(raw, domain)
  const registry = entry && ledger.registryAt(entry.epoch)
  const certificate = decodeCertificate(certificateBytes)
  if (
    entry === undefined ||
    registry === undefined ||
    certificate === undefined ||
    entry.height !== log.state.height + 1
  )
    return undefined
  const inputs = bodiesOf(domain, bodies)
  const jobs = [...inputs.values()].flatMap((envelope) => {
    const input = readInput(envelope, domain)
    return input?.kind === 'job' ? [input.spec] : []
  })
  const known = [...log.state.jobs.values()].map(({ spec }) => spec)
  const committee = drawCommittee(registry, entry.account, ownerIn(entry.account, [...known, ...jobs]))
  const stepped = step(log.state, entry, inputs, { domain, networkId, registry, committee })
  return stepped && { ...log, state: stepped.state, certificate, epoch: entry.epoch }
}

/** Prepare votes are never on the disk, so every start counts as after a crash: see decision 0002. */
async function recoverVotes(account: WalletKey, store: Store): Promise<Recovered> {
  const read = async (kind: 'lock' | 'promise' | 'signed'): Promise<unknown> => {
    const bytes = await store.get(storeKeys.vote(account, kind))
    return bytes === undefined ? undefined : decode(bytes)
  }
  const lock = recordSchemas.lock.safeParse(await read('lock'))
  const promise = recordSchemas.promise.safeParse(await read('promise'))
  const signed = recordSchemas.signed.safeParse(await read('signed'))
  return {
    crashed: true,
    ...(lock.success ? { lock: lock.data } : {}),
    ...(promise.success ? { promise: promise.data } : {}),
    ...(signed.success ? { signed: signed.data } : {}),
  }
}

async function recoverRuns(store: Store): Promise<Map<string, Uint8Array>> {
  const rows = await store.range(within('run/'))
  return new Map(rows.map(([key, value]) => [key.slice('run/'.length), value]))
}

/**
 * Blobs that are in the store, and until when. One that is in no index would never be forgotten: it is not claimed, and
 * stored anew when it comes.
 */
async function recoverBlobs(store: Store): Promise<Map<string, WallMs>> {
  const here = new Set(await namesIn(store, 'blob/'))
  const blobs = new Map<string, WallMs>()
  for (const name of await namesIn(store, 'expiry/')) {
    const { atMs, key } = expiryOf(`expiry/${name}`)
    const cid = cidOf(key)
    // The index is in the order of time: where there are two, the later one counts.
    if (cid !== undefined && here.has(cid)) blobs.set(cid, atMs)
  }
  return blobs
}

async function accountsIn(store: Store): Promise<WalletKey[]> {
  const accounts: WalletKey[] = []
  let gte = 'log/'
  for (;;) {
    const [found] = await store.range({ gte, lt: 'log/\uffff', limit: 1 })
    const account = found?.[0].split('/')[1]
    if (account === undefined) return accounts
    accounts.push(account)
    gte = `log/${account}/\uffff`
  }
}

/** Names of records, page by page, without keeping their values. */
async function namesIn(store: Store, prefix: string): Promise<string[]> {
  const names: string[] = []
  let gte = prefix
  for (;;) {
    const page = await store.range({ gte, lt: `${prefix}\uffff`, limit: 64 })
    for (const [key] of page) names.push(key.slice(prefix.length))
    const last = page.at(-1)?.[0]
    if (last === undefined) return names
    gte = `${last}\0`
  }
}

function corrupt(key: string): WeftError {
  return new WeftError('STORE_CORRUPT', `the record ${key} cannot be read`)
}
