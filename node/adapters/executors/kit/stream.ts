/**
 * One output stream of a run in shared memory: the worker appends, the child's main thread reads, and no queue lies
 * between them, so a flood costs no memory beyond the stream's size. Beyond its size it drops what is written.
 */
const HEADER_BYTES = 4

/** Memory for a stream that keeps `bytes` bytes. */
export function createStream(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + bytes)
}

/** The writing end. One writer at most. */
export class StreamWriter {
  readonly #length: Int32Array
  readonly #body: Uint8Array

  constructor(stream: SharedArrayBuffer) {
    this.#length = new Int32Array(stream, 0, 1)
    this.#body = new Uint8Array(stream, HEADER_BYTES)
  }

  /** Appends what fits of `chunk`. */
  write(chunk: Uint8Array): void {
    const length = Atomics.load(this.#length, 0)
    const kept = chunk.subarray(0, this.#body.length - length)
    this.#body.set(kept, length)
    Atomics.store(this.#length, 0, length + kept.length)
  }
}

/** The reading end. */
export class StreamReader {
  readonly #length: Int32Array
  readonly #body: Uint8Array
  #read = 0

  constructor(stream: SharedArrayBuffer) {
    this.#length = new Int32Array(stream, 0, 1)
    this.#body = new Uint8Array(stream, HEADER_BYTES)
  }

  /** A copy of what was written since the last call, or `undefined` if nothing was. */
  take(): Uint8Array | undefined {
    const length = Atomics.load(this.#length, 0)
    if (length === this.#read) return undefined
    const chunk = Uint8Array.from(this.#body.subarray(this.#read, length))
    this.#read = length
    return chunk
  }
}
