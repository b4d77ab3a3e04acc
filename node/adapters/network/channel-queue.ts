/**
 * One channel towards one peer: a queue of frames and the stream that they are written to. Frames queued in one turn of
 * the event loop leave in one write; a long frame leaves in slices, so that another channel of the same connection gets
 * its turn in between.
 */
import type { Stream } from '@libp2p/interface'
import { frameHeader } from './frames.ts'
import { bounds } from './settings.ts'

/** What a queue asks of its owner. */
export interface ChannelQueueOwner {
  /** There are frames and no stream. */
  open(): void
  /** So many queued bytes have left, or were dropped. */
  released(bytes: number): void
}

interface Queued {
  readonly bytes: Uint8Array
  sent: number
}

/**
 * Takes the place of what has left, so that a queue that is never empty does not hold the bytes of all it ever sent.
 */
const spent: Queued = { bytes: new Uint8Array(0), sent: 0 }

/** Writes frames in order to one stream at a time. */
export class ChannelQueue {
  readonly #owner: ChannelQueueOwner
  #queue: Queued[] = []
  #next = 0
  #stream: Stream | undefined
  #scheduled = false
  #stall: NodeJS.Timeout | undefined

  constructor(owner: ChannelQueueOwner) {
    this.#owner = owner
  }

  /** The stream in use, if one is open. */
  get stream(): Stream | undefined {
    return this.#stream
  }

  get idle(): boolean {
    return this.#next === this.#queue.length
  }

  /** Queues a frame; the owner has counted its bytes. */
  push(frame: Uint8Array): void {
    this.#queue.push({ bytes: frameHeader(frame.length), sent: 0 }, { bytes: frame, sent: 0 })
    if (this.#stream === undefined) this.#owner.open()
    else this.#schedule()
  }

  /** Writes to `stream` from now on, unless another one is open. */
  attach(stream: Stream): void {
    if (this.#stream !== undefined || stream.writeStatus !== 'writable') return
    this.#stream = stream
    stream.addEventListener('drain', () => {
      if (this.#stream === stream) this.#flush()
    })
    this.#schedule()
  }

  /** The stream is gone. A frame that was partly written is lost; whole ones wait for the next stream. */
  detach(stream: Stream): void {
    if (this.#stream !== stream) return
    this.#stream = undefined
    this.#watch(false)
    this.#skipPartial()
    if (!this.idle) this.#owner.open()
  }

  /** Forgets every queued frame; returns how many. */
  drop(): number {
    const pieces = this.#queue.length - this.#next
    while (!this.idle) this.#skip()
    this.#compact()
    return Math.ceil(pieces / 2)
  }

  // Right after the sockets that are readable now were read: what all of them made us say shares a write, and none
  // waits for a timer.
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    const stream = this.#stream
    if (stream === undefined || this.#scheduled || this.idle) return
    this.#watch(stream.writableNeedsDrain)
    if (stream.writableNeedsDrain) return
    try {
      stream.send(this.#slice())
    } catch {
      this.detach(stream)
      return
    }
    this.#compact()
    if (this.idle) return
    if (stream.writableNeedsDrain) {
      this.#watch(true)
      return
    }
    this.#schedule()
  }

  /** At most a slice of what is queued, as one piece. */
  #slice(): Uint8Array {
    const parts: Uint8Array[] = []
    let room: number = bounds.sliceBytes
    while (room > 0 && !this.idle) {
      const head = this.#head()
      const part = head.bytes.subarray(head.sent, head.sent + room)
      parts.push(part)
      head.sent += part.length
      room -= part.length
      if (head.sent === head.bytes.length) this.#skip()
    }
    return Buffer.concat(parts)
  }

  #head(): Queued {
    const head = this.#queue[this.#next]
    if (head === undefined) throw new Error('broken invariant: an idle queue has no head')
    return head
  }

  #skip(): void {
    const head = this.#head()
    this.#queue[this.#next++] = spent
    this.#owner.released(head.bytes.length)
  }

  // Headers lie at even places, bodies at odd ones: a head in the middle of its pair has lost its beginning.
  #skipPartial(): void {
    if (this.idle) return
    if (this.#next % 2 === 1) this.#skip()
    else if (this.#head().sent > 0) {
      this.#skip()
      this.#skip()
    }
    this.#compact()
  }

  #compact(): void {
    if (this.idle) {
      this.#queue = []
      this.#next = 0
    } else if (this.#next >= 1_024 && this.#next % 2 === 0) {
      this.#queue = this.#queue.slice(this.#next)
      this.#next = 0
    }
  }

  #watch(waiting: boolean): void {
    if (!waiting) {
      clearTimeout(this.#stall)
      this.#stall = undefined
    } else if (this.#stall === undefined) {
      this.#stall = setTimeout(() => this.#stream?.abort(new Error('the stream takes no bytes')), bounds.stallMs)
      this.#stall.unref()
    }
  }
}
