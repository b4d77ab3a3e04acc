/** The output limit of a run, on the side where the program runs. */
import type { OutputStream } from '#node/ports/executor.ts'
import { bounds } from './bounds.ts'
import { LimitReached } from './limit-reached.ts'

/** Counts and forwards what a program prints, and remembers the end of stderr. */
export class LimitedOutput {
  /** What the program may still write, result files included. */
  bytesLeft: number
  readonly #write: (stream: OutputStream, chunk: Uint8Array) => void
  #tail = Buffer.alloc(0)

  constructor(outputBytes: number, write: (stream: OutputStream, chunk: Uint8Array) => void) {
    this.bytesLeft = outputBytes
    this.#write = write
  }

  /** Throws {@link LimitReached} once it is too much; what was allowed of it has been forwarded. */
  add(stream: OutputStream, chunk: Uint8Array): void {
    if (chunk.length > this.bytesLeft) {
      this.#write(stream, chunk.subarray(0, this.bytesLeft))
      throw new LimitReached('OUTPUT_LIMIT', 'the program wrote more than its output limit')
    }
    this.bytesLeft -= chunk.length
    this.#write(stream, chunk)
    if (stream === 'stderr')
      this.#tail = Buffer.concat([this.#tail, chunk.subarray(-bounds.tailBytes)]).subarray(-bounds.tailBytes)
  }

  /** The reason of a failure, as far as a program says it: the last line of stderr, without the spaces around it. */
  lastErrorLine(): string {
    return this.#tail.toString('utf8').trimEnd().split('\n').at(-1)?.trim() ?? ''
  }
}
