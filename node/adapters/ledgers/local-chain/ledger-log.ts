/**
 * The write-ahead log: records framed by length and CRC, appended in the order of execution and synced in groups.
 * Nothing that the chain did leaves the process before `flushed()` resolved, so a kill at any moment loses nothing that
 * anybody saw.
 */
import { appendFile, closeSync, fdatasync, fdatasyncSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'

const appendTo = promisify(appendFile)
const syncData = promisify(fdatasync)
const FRAME_BYTES = 8
/** No record is longer: a transaction with its logs and balances takes a tenth of it. */
const RECORD_BYTES_MAX = 1_024 * 1_024

/** Appends to one segment file at a time. */
export class LedgerLog {
  #fd: number
  #pending: Buffer[] = []
  #flushing: Promise<void> | undefined
  #quiet: (() => void)[] = []
  #failure: Error | undefined
  #syncs = 0

  /** Appends to the segment at `path`, which is made if it is not there. */
  constructor(path: string) {
    this.#fd = openSync(path, 'a', 0o600)
  }

  /** Syncs so far: transactions per sync are what the group commit gains. */
  get syncs(): number {
    return this.#syncs
  }

  /** Adds a record. It is on the disk when the next `flushed()` resolves. */
  append(record: Uint8Array): void {
    this.#pending.push(frame(record))
  }

  /** Resolves when everything appended before is on the disk; rejects for ever after a write failed. */
  async flushed(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#pending.length === 0) return this.#flushing
    // The sync under way does not hold what is pending: wait for it, then one takes everything.
    if (this.#flushing === undefined) return this.#start()
    await this.#flushing
    return this.flushed()
  }

  /**
   * Runs `work`, which must not wait, at a moment when all that was appended is on the disk and nothing is being
   * written.
   */
  quiesce<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#quiet.push(() => {
        try {
          this.writeNow()
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
      if (this.#flushing === undefined) this.#runQuiet()
    })
  }

  /** Brings everything to the disk now; only inside `quiesce`. */
  writeNow(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#pending.length === 0) return
    writeFileSync(this.#fd, Buffer.concat(this.#pending))
    fdatasyncSync(this.#fd)
    this.#pending = []
    this.#syncs++
  }

  /** Goes on in the segment at `path`; only inside `quiesce`. */
  moveTo(path: string): void {
    const next = openSync(path, 'a', 0o600)
    closeSync(this.#fd)
    this.#fd = next
  }

  /** Flushes and closes. */
  async close(): Promise<void> {
    await this.flushed()
    closeSync(this.#fd)
  }

  #start(): Promise<void> {
    this.#flushing = this.#write().finally(() => {
      this.#flushing = undefined
      this.#runQuiet()
    })
    return this.#flushing
  }

  async #write(): Promise<void> {
    const group = Buffer.concat(this.#pending)
    this.#pending = []
    try {
      await appendTo(this.#fd, group)
      await syncData(this.#fd)
      this.#syncs++
    } catch (error) {
      this.#failure = new Error('the ledger log cannot be written', { cause: error })
      throw this.#failure
    }
  }

  #runQuiet(): void {
    const quiet = this.#quiet
    this.#quiet = []
    for (const work of quiet) work()
  }
}

/** The complete records at the beginning of a segment, and how many bytes they and the rest take. */
export interface Segment {
  readonly records: readonly Buffer[]
  readonly goodBytes: number
  readonly lostBytes: number
}

/** Reads a segment up to its end or the first record that is torn or fails its checksum. */
export function readSegment(path: string): Segment {
  const bytes = readFileSync(path)
  const records: Buffer[] = []
  let at = 0
  while (at + FRAME_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(at)
    const end = at + FRAME_BYTES + length
    if (length === 0 || length > RECORD_BYTES_MAX || end > bytes.length) break
    const record = bytes.subarray(at + FRAME_BYTES, end)
    if (crc32(record) !== bytes.readUInt32LE(at + 4)) break
    records.push(record)
    at = end
  }
  return { records, goodBytes: at, lostBytes: bytes.length - at }
}

function frame(record: Uint8Array): Buffer {
  const out = Buffer.alloc(FRAME_BYTES + record.length)
  out.writeUInt32LE(record.length)
  out.writeUInt32LE(crc32(record), 4)
  out.set(record, FRAME_BYTES)
  return out
}
