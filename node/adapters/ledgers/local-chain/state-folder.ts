/**
 * The chain's folder: `genesis.json`, `programs/<sha256>.so`, and pairs `snapshot-N.json` (the state before) and
 * `segment-N.log` (what happened since). The newest snapshot and its segment are the state; older segments are the
 * history.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'
import { readSegment } from './ledger-log.ts'
import { slotsStateSchema } from './slots.ts'

const genesisSchema = z.object({
  version: z.literal(1),
  seed: z.string().regex(/^[0-9a-f]{64}$/),
  unixSeconds: z.number().int(),
})
/** What never changes in a chain's life. The faucet's key and all blockhashes derive from the seed. */
export type Genesis = z.infer<typeof genesisSchema>

const accountRowSchema = z.tuple([z.string(), z.string(), z.string(), z.boolean(), z.string()])
/** key, lamports, owner, executable, data in base64 */
export type AccountRow = z.infer<typeof accountRowSchema>

const snapshotSchema = z.object({
  version: z.literal(1),
  slots: slotsStateSchema,
  /** Transactions executed before. */
  transactions: z.number().int(),
  programs: z.array(z.object({ id: z.string(), sha256: z.string() })),
  accounts: z.array(accountRowSchema),
})
/** The whole state before a segment. */
export type Snapshot = z.infer<typeof snapshotSchema>

/** A damaged end of the log that was set aside. */
export interface Recovery {
  readonly lostBytes: number
  readonly keptIn: string
}

/** Paths and atomic writes of one state folder. */
export class StateFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
    mkdirSync(join(path, 'programs'), { recursive: true, mode: 0o700 })
  }

  /** The genesis of this chain, made at the first start. */
  genesis(unixSeconds: number): Genesis {
    const path = join(this.path, 'genesis.json')
    if (existsSync(path)) return this.#readJson(path, genesisSchema)
    const genesis: Genesis = { version: 1, seed: randomBytes(32).toString('hex'), unixSeconds }
    this.#writeAtomic(path, JSON.stringify(genesis))
    return genesis
  }

  /** Number of the newest snapshot; undefined at the first start. */
  newest(): number | undefined {
    return this.#numbers('snapshot-', '.json').at(-1)
  }

  /** Numbers of the segments, rising. */
  segments(): number[] {
    return this.#numbers('segment-', '.log')
  }

  readSnapshot(number: number): Snapshot {
    return this.#readJson(this.#snapshotPath(number), snapshotSchema)
  }

  segmentPath(number: number): string {
    return join(this.path, `segment-${pad(number)}.log`)
  }

  /** Makes a snapshot the newest: after this returns, a restart begins from it. Older snapshots go. */
  writeSnapshot(number: number, snapshot: Snapshot): void {
    this.#writeAtomic(this.#snapshotPath(number), JSON.stringify(snapshot))
    for (const older of this.#numbers('snapshot-', '.json')) if (older < number) rmSync(this.#snapshotPath(older))
  }

  removeSegment(number: number): void {
    rmSync(this.segmentPath(number), { force: true })
  }

  /**
   * The complete records of a segment. A damaged end is moved into a file beside it, and the segment ends before it.
   */
  recoverSegment(number: number): { records: readonly Buffer[]; recovery: Recovery | undefined } {
    const path = this.segmentPath(number)
    if (!existsSync(path)) return { records: [], recovery: undefined }
    const { records, goodBytes, lostBytes } = readSegment(path)
    if (lostBytes === 0) return { records, recovery: undefined }
    const keptIn = `${path}.damaged-at-${goodBytes}`
    writeFileSync(keptIn, readFileSync(path).subarray(goodBytes), { mode: 0o600 })
    truncateSync(path, goodBytes)
    return { records, recovery: { lostBytes, keptIn } }
  }

  /** Keeps a program's bytes, so that a replay runs the bytes of then; returns their hash. */
  keepProgram(elf: Uint8Array): string {
    const sha256 = createHash('sha256').update(elf).digest('hex')
    const path = this.#programPath(sha256)
    if (!existsSync(path)) this.#writeAtomic(path, elf)
    return sha256
  }

  readProgram(sha256: string): Buffer {
    const path = this.#programPath(sha256)
    try {
      return readFileSync(path)
    } catch (cause) {
      throw new WeftError('STORE_CORRUPT', `${path} cannot be read`, { cause })
    }
  }

  #programPath(sha256: string): string {
    return join(this.path, 'programs', `${sha256}.so`)
  }

  #snapshotPath(number: number): string {
    return join(this.path, `snapshot-${pad(number)}.json`)
  }

  #numbers(prefix: string, suffix: string): number[] {
    const names = readdirSync(this.path).filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
    const numbers = names.map((name) => Number(name.slice(prefix.length, -suffix.length)))
    return numbers.filter((number) => Number.isInteger(number)).sort((a, b) => a - b)
  }

  #readJson<T>(path: string, schema: z.ZodType<T>): T {
    try {
      return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch (cause) {
      throw new WeftError('STORE_CORRUPT', `${path} cannot be read: move ${this.path} away and start again`, { cause })
    }
  }

  #writeAtomic(path: string, content: string | Uint8Array): void {
    const temporary = `${path}.tmp`
    writeFileSync(temporary, content, { mode: 0o600, flush: true })
    renameSync(temporary, path)
    const folder = openSync(this.path, 'r')
    fsyncSync(folder)
    closeSync(folder)
  }
}

function pad(number: number): string {
  return String(number).padStart(6, '0')
}
