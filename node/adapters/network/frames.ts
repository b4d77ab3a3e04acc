/**
 * Framing on a stream: an unsigned varint with the length, then that many bytes. The length is checked before anything
 * is kept.
 */

/** The other side broke the framing, or announced a frame that is too long: the stream cannot be read any further. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** There is no room for what the other side began to send: no fault of the frame itself. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError'
}

/** What a reader may keep. */
export interface FrameRoom {
  /** The longest frame that may be announced now, in bytes. */
  maxBytes(): number
  /** True if the reader may keep `bytes` more of an unfinished frame; it releases them later. */
  reserve(bytes: number): boolean
  release(bytes: number): void
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
  readonly #room: FrameRoom
  #header = { value: 0, scale: 1, bytes: 0 }
  #length: number | undefined
  #frame = new Uint8Array(0)
  #filled = 0

  constructor(room: FrameRoom) {
    this.#room = room
  }

  /** True while a frame, or its length, has begun and not ended. */
  get unfinished(): boolean {
    return this.#length !== undefined || this.#header.bytes > 0
  }

  /**
   * Calls `onFrame` for each frame that `chunk` completes, with bytes of its own. Throws `FrameError` on a bad or too
   * large length, `NoRoomError` if nothing more may be kept; it is to be ended then.
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

  /** Forgets what has begun. */
  end(): void {
    this.#take()
  }

  #readHeader(chunk: Uint8Array, from: number): number {
    const maxBytes = this.#room.maxBytes()
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      this.#header.value += (byte & 0x7f) * this.#header.scale
      this.#header.scale *= 0x80
      this.#header.bytes++
      if (this.#header.value > maxBytes) throw new FrameError(`a frame of more than ${maxBytes} bytes`)
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
      const grown = Math.min(length, Math.max(needed, 2 * this.#frame.length))
      if (!this.#room.reserve(grown - this.#frame.length)) throw new NoRoomError('too many unfinished frames')
      const bytes = new Uint8Array(grown)
      bytes.set(this.#frame.subarray(0, this.#filled))
      this.#frame = bytes
    }
    this.#frame.set(part, this.#filled)
    this.#filled = needed
  }

  #take(): Uint8Array {
    const frame = this.#frame
    this.#room.release(frame.length)
    this.#frame = new Uint8Array(0)
    this.#filled = 0
    this.#length = undefined
    this.#header = { value: 0, scale: 1, bytes: 0 }
    return frame
  }
}
