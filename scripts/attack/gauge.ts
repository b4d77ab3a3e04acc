/** What processes use, as Linux tells in /proc: the machine is noisy, processor time is less so. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Clock ticks per second and bytes of a page of /proc; fixed by Linux on the machines that this runs on. */
const TICKS = 100
const PAGE_BYTES = 4_096
const SAMPLE_EVERY_MS = 100

/** Of one process over one phase. */
export interface Use {
  /** Per cent of one core. */
  readonly cpuPercent: number
  /** The most resident memory that a sample found. */
  readonly residentBytes: number
  /** Bytes in its folder at the end of the phase. */
  readonly diskBytes: number
}

/** What is watched of one process. */
export interface Watched {
  readonly pid: number
  readonly folder: string
}

/** Watches processes from now on; each call of `lap` ends a phase and begins the next. */
export class Gauge {
  readonly #watched: readonly Watched[]
  readonly #timer: NodeJS.Timeout
  #peaks: number[]
  #cpuMs: number[]
  #startedMs = performance.now()

  constructor(watched: readonly Watched[]) {
    this.#watched = watched
    this.#peaks = watched.map(() => 0)
    this.#cpuMs = watched.map(({ pid }) => read(pid).cpuMs)
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS)
  }

  /** Use of each process since the last call, in the order in which they were given. NaN for one that is gone. */
  lap(): Use[] {
    this.#sample()
    const nowMs = performance.now()
    const wallMs = nowMs - this.#startedMs
    const cpuMs = this.#watched.map(({ pid }) => read(pid).cpuMs)
    const uses = this.#watched.map(({ folder }, i) => ({
      cpuPercent: (((cpuMs[i] ?? Number.NaN) - (this.#cpuMs[i] ?? Number.NaN)) * 100) / wallMs,
      residentBytes: this.#peaks[i] ?? Number.NaN,
      diskBytes: bytesIn(folder),
    }))
    this.#peaks = this.#peaks.map(() => 0)
    this.#cpuMs = cpuMs
    this.#startedMs = nowMs
    return uses
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    for (const [i, { pid }] of this.#watched.entries()) {
      const { residentBytes } = read(pid)
      this.#peaks[i] = Math.max(this.#peaks[i] ?? 0, residentBytes)
    }
  }
}

function read(pid: number): { cpuMs: number; residentBytes: number } {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return { cpuMs: (ticks * 1_000) / TICKS, residentBytes: Number(fields[21]) * PAGE_BYTES }
  } catch {
    return { cpuMs: Number.NaN, residentBytes: Number.NaN }
  }
}

/** Files come and go while they are counted: what is gone counts nothing. */
function bytesIn(folder: string): number {
  let bytes = 0
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      bytes += entry.isDirectory() ? bytesIn(path) : (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
    }
  } catch {
    return bytes
  }
  return bytes
}
