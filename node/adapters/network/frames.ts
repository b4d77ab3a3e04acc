/**
 * Framing on a stream: an unsigned varint with the length, then that many bytes. The length is checked before anything
 * is kept.
 */

/** The other side broke the framing: the stream cannot be read any further. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** The varint that precedes a frame of `length` bytes. */
export function frameHeader(length: number): Uint8Array {
  const bytes: number[] = []
  let rest = length
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/**
 * Cuts a stream of chunks into frames. Keeps at most one unfinished frame, in a buffer that grows with what has
 * arrived.
 */
export class FrameReader {
  readonly #maxBytes: number
  #header = { value: 0, scale: 1, bytes: 0 }
  #length: number | undefined
  #frame = new Uint8Array(0)
  #filled = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Calls `onFrame` for each frame that `chunk` completes, with bytes of its own. Throws `FrameError` on a bad or too
   * large length.
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#length === undefined) at = this.#readHeader(chunk, at)
      if (this.#length === undefined) return
      const part = chunk.subarray(at, at + this.#length - this.#filled)
      this.#append(part, this.#length)
      at += part.length
      if (this.#filled === this.#length) onFrame(this.#take())
    }
  }

  #readHeader(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      this.#header.value += (byte & 0x7f) * this.#header.scale
      this.#header.scale *= 0x80
      this.#header.bytes++
      if (this.#header.value > this.#maxBytes) throw new FrameError(`a frame of more than ${this.#maxBytes} bytes`)
      if (byte < 0x80) {
        this.#length = this.#header.value
        return at + 1
      }
      if (this.#header.bytes >= 5) throw new FrameError('a length of more than five bytes')
    }
    return chunk.length
  }

  // Grows by doubling: an announced length alone must not cost memory, nor must a frame that comes byte by byte.
  #append(part: Uint8Array, length: number): void {
    const needed = this.#filled + part.length
    if (needed > this.#frame.length) {
      const grown = new Uint8Array(Math.min(length, Math.max(needed, 2 * this.#frame.length)))
      grown.set(this.#frame.subarray(0, this.#filled))
      this.#frame = grown
    }
    this.#frame.set(part, this.#filled)
    this.#filled = needed
  }

  #take(): Uint8Array {
    const frame = this.#frame
    this.#frame = new Uint8Array(0)
    this.#filled = 0
    this.#length = undefined
    this.#header = { value: 0, scale: 1, bytes: 0 }
    return frame
  }
}
