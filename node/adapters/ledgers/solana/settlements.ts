/**
 * What could be settled: per account and epoch the newest certified header with its totals. Kept on disk, because a
 * chain that stalls may outlast this process. Lifetime totals make it enough to keep the newest.
 */
import { z } from 'zod'
import type { Log } from '#node/ports/log.ts'
import type { Change, Store } from '#node/ports/store.ts'
import { type JobProof, summaryOf } from '#protocol/account/state.ts'
import type { Totals } from '#protocol/credits/totals.ts'
import { limits } from '#protocol/limits.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import { decodeHeader, encodeHeader, type Header } from '#protocol/wire/header.ts'
import { isKey, type PeerKey, type WalletKey } from '#protocol/wire/keys.ts'
import type { MerkleProof } from '#protocol/wire/merkle.ts'

/** A certified header, and what its settlement and its claims need. */
export interface Settlement {
  readonly header: Header
  readonly signatures: ReadonlyMap<PeerKey, Uint8Array>
  readonly totals: Totals
  /** Sibling of the totals' root in the state root. */
  readonly jobsAndMeta: Uint8Array
  /** Where the account is a job's own and the job is over: what proves it on chain. */
  readonly end?: JobEnd | undefined
}

/** How a one-job account's job ended, and its place in the state. */
export interface JobEnd {
  readonly summary: Uint8Array
  readonly proof: MerkleProof
  readonly metaLeaf: Uint8Array
  readonly totalsRoot: Uint8Array
}

export function jobEnd({ record, proof, meta, totalsRoot }: JobProof): JobEnd | undefined {
  const summary = summaryOf(record)
  return summary && { summary, proof, metaLeaf: meta, totalsRoot }
}

/** Epochs of one account that are remembered: the chain's own may lag behind the log's. */
const EPOCHS_KEPT = 4
const FLUSH_MS = 500
const PREFIX = 'ledger/settlement/'

export class Settlements {
  readonly #store: Store
  readonly #log: Log
  /** Account → epoch → the newest of it. */
  readonly #accounts = new Map<WalletKey, Map<number, Settlement>>()
  readonly #changes = new Map<string, Change>()
  #timer: NodeJS.Timeout | undefined

  private constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
  }

  static async open(store: Store, log: Log): Promise<Settlements> {
    const settlements = new Settlements(store, log)
    const limit = limits.accountsServed * EPOCHS_KEPT
    for (const [, bytes] of await store.range({ gte: PREFIX, lt: `${PREFIX}\uffff`, limit })) {
      const settlement = decodeSettlement(bytes)
      if (settlement !== undefined) settlements.#take(settlement)
    }
    return settlements
  }

  /** Accounts with something to settle, or that had. */
  accounts(): Iterable<WalletKey> {
    return this.#accounts.keys()
  }

  at(account: WalletKey, epoch: number): Settlement | undefined {
    return this.#accounts.get(account)?.get(epoch)
  }

  /** Greatest epoch of which a header is known. */
  newestEpoch(account: WalletKey): number | undefined {
    const epochs = this.#accounts.get(account)
    return epochs === undefined ? undefined : Math.max(...epochs.keys())
  }

  /** Takes a certified header if it is newer than the one known of its epoch; true if it was taken. */
  offer(settlement: Settlement): boolean {
    const { account, epoch } = settlement.header
    if (!this.#take(settlement)) return false
    this.#changes.set(nameOf(account, epoch), { put: nameOf(account, epoch), value: encodeSettlement(settlement) })
    this.#flushSoon()
    return true
  }

  /** Drops what the chain has left behind. */
  forgetBefore(account: WalletKey, epoch: number): void {
    const epochs = this.#accounts.get(account)
    for (const old of [...(epochs?.keys() ?? [])]) {
      if (old >= epoch) continue
      epochs?.delete(old)
      this.#changes.set(nameOf(account, old), { del: nameOf(account, old) })
      this.#flushSoon()
    }
    if (epochs?.size === 0) this.#accounts.delete(account)
  }

  /** Writes what changed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const changes = [...this.#changes.values()]
    this.#changes.clear()
    if (changes.length > 0) await this.#store.write(changes, { durable: false })
  }

  #take(settlement: Settlement): boolean {
    const { account, epoch, height } = settlement.header
    const epochs = this.#accounts.get(account) ?? new Map<number, Settlement>()
    const known = epochs.get(epoch)
    const later = known === undefined || known.header.height < height
    // The same header from another member comes without the proof that only witnesses have.
    const fuller = known?.header.height === height && known.end === undefined && settlement.end !== undefined
    if (!later && !fuller) return false
    if (!this.#accounts.has(account) && this.#accounts.size >= limits.accountsServed) return false
    epochs.set(epoch, settlement)
    this.#accounts.set(account, epochs)
    if (epochs.size > EPOCHS_KEPT) {
      const oldest = Math.min(...epochs.keys())
      epochs.delete(oldest)
      this.#changes.set(nameOf(account, oldest), { del: nameOf(account, oldest) })
    }
    return true
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.flush().catch((error: unknown) => this.#log.error({ error }, 'settlements could not be written'))
    }, FLUSH_MS)
    this.#timer.unref()
  }
}

function nameOf(account: WalletKey, epoch: number): string {
  return `${PREFIX}${account}/${String(epoch).padStart(16, '0')}`
}

function encodeSettlement({ header, signatures, totals, jobsAndMeta, end }: Settlement): Uint8Array {
  const parts = [encodeHeader(header), [...signatures], [...totals], jobsAndMeta].map((part) => plain(part))
  if (end === undefined) return encode(parts)
  const { index, size, path } = end.proof
  return encode([...parts, [end.summary, index, size, [...path], end.metaLeaf, end.totalsRoot]])
}

function endOf(ended: z.output<typeof schema>[4]): JobEnd | undefined {
  if (ended === undefined) return undefined
  const [summary, index, size, path, metaLeaf, totalsRoot] = ended
  return { summary, proof: { index, size, path }, metaLeaf, totalsRoot }
}

function plain(part: Uint8Array | readonly (readonly [string, Uint8Array | bigint])[]) {
  return part instanceof Uint8Array ? part : part.map(([key, value]) => [key, value])
}

const key = z.string().refine(isKey)
const bytes = z.instanceof(Uint8Array)
const count = z.number().int().nonnegative()
const schema = z.tuple([
  bytes,
  z.array(z.tuple([key, bytes])),
  z.array(z.tuple([key, z.union([z.number(), z.bigint()]).transform(BigInt)])),
  bytes,
  z.tuple([bytes, count, count, z.array(bytes), bytes, bytes]).optional(),
])

function decodeSettlement(value: Uint8Array): Settlement | undefined {
  const parsed = schema.safeParse(decode(value))
  if (!parsed.success) return undefined
  const [headerBytes, signatures, totals, jobsAndMeta, ended] = parsed.data
  const header = decodeHeader(headerBytes)
  return header && { header, signatures: new Map(signatures), totals: new Map(totals), jobsAndMeta, end: endOf(ended) }
}
