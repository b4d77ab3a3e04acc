/** Keeps what a run prints and passes it on, bounded on the peer's side of the border whatever the other side sends. */
import type { OutputStream, RunOptions } from '#node/ports/executor.ts'
import { limits } from '#protocol/limits.ts'
import { concat } from '#protocol/wire/hash.ts'

/** What the program printed, as far as it is kept. */
export interface Printed {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
}

/** Bytes of each stream that are kept of a run that may write `outputBytes`. */
export function keptBytes(outputBytes: number): number {
  return Math.min(limits.streamBytes, outputBytes)
}

/** Collects one run. Beyond {@link keptBytes} of a stream it drops silently: ending a flood is the engine's task. */
export class Collector {
  readonly #keptBytes: number
  readonly #onOutput: RunOptions['onOutput']
  readonly #chunks: Record<OutputStream, Uint8Array[]> = { stdout: [], stderr: [] }
  readonly #bytes: Record<OutputStream, number> = { stdout: 0, stderr: 0 }

  constructor(outputBytes: number, onOutput: RunOptions['onOutput']) {
    this.#keptBytes = keptBytes(outputBytes)
    this.#onOutput = onOutput
  }

  add(stream: OutputStream, chunk: Uint8Array): void {
    const kept = chunk.subarray(0, this.#keptBytes - this.#bytes[stream])
    if (kept.length === 0) return
    this.#bytes[stream] += kept.length
    this.#chunks[stream].push(kept)
    this.#onOutput(stream, kept)
  }

  all(): Printed {
    return { stdout: concat(...this.#chunks.stdout), stderr: concat(...this.#chunks.stderr) }
  }
}
