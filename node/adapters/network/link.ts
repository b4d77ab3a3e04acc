/** One other peer: its two queues, the bytes queued towards it, and how its streams are opened and opened again. */
import type { Connection, Stream } from '@libp2p/interface'
import { atMost } from '#node/ports/at-most.ts'
import type { Channel } from '#node/ports/network.ts'
import { limits } from '#protocol/limits.ts'
import { Backoff } from './backoff.ts'
import { ChannelQueue } from './channel-queue.ts'
import { bounds } from './settings.ts'

const channels = ['control', 'bulk'] as const

/** How a link reaches its peer. */
export interface LinkParts {
  dial(signal: AbortSignal): Promise<Connection>
  connection(): Connection | undefined
  protocol(channel: Channel): string
  /** A stream was opened by this side: read from it. */
  opened(channel: Channel, stream: Stream): void
  /** The peer could not be reached; so many frames were dropped. */
  dropped(frames: number, cause: unknown): void
}

/** Opens, re-opens and bounds what goes to one peer. */
export class Link {
  readonly #parts: LinkParts
  readonly #queues: Readonly<Record<Channel, ChannelQueue>>
  readonly #streams: Readonly<Record<Channel, Set<Stream>>> = { control: new Set(), bulk: new Set() }
  readonly #opening = new Set<Channel>()
  readonly #backoff = new Backoff()
  readonly #timers: Partial<Record<Channel, NodeJS.Timeout>> = {}
  readonly #closed = new AbortController()
  #queuedBytes = 0

  constructor(parts: LinkParts) {
    this.#parts = parts
    const queue = (channel: Channel): ChannelQueue =>
      new ChannelQueue({
        open: () => this.#open(channel),
        released: (bytes) => {
          this.#queuedBytes -= bytes
        },
      })
    this.#queues = { control: queue('control'), bulk: queue('bulk') }
  }

  /** True if nothing is queued and no stream is open or being opened. */
  get idle(): boolean {
    const streams = this.#streams.control.size + this.#streams.bulk.size + this.#opening.size
    return streams === 0 && this.#queues.control.idle && this.#queues.bulk.idle
  }

  /** The streams that are open, of both channels. */
  streams(): readonly Stream[] {
    return channels.flatMap((channel) => [...this.#streams[channel]])
  }

  /** Queues a frame; false if the queue is full, or the peer was not reached a moment ago. */
  send(channel: Channel, frame: Uint8Array): boolean {
    const bytes = frame.length + varintLength(frame.length)
    if (this.#queuedBytes + bytes > limits.sendQueueBytes) return false
    if (this.#queues[channel].stream === undefined && this.#backoff.waiting && !this.#connected()) return false
    this.#queuedBytes += bytes
    this.#queues[channel].push(frame)
    return true
  }

  /** The peer is connected: no reason to wait any longer. */
  connected(): void {
    this.#backoff.reset()
    for (const channel of channels) {
      if (this.#queues[channel].stream === undefined && !this.#queues[channel].idle) this.#open(channel)
    }
  }

  /** Opens the channel's stream before anything is sent. */
  warm(channel: Channel): void {
    if (this.#queues[channel].stream === undefined) this.#open(channel)
  }

  /** Takes in a stream that the peer opened. The oldest one not in use makes room. */
  adopt(channel: Channel, stream: Stream): void {
    if (stream.status !== 'open') return
    const streams = this.#streams[channel]
    const queue = this.#queues[channel]
    streams.add(stream)
    stream.addEventListener('close', () => {
      streams.delete(stream)
      // A peer that accepts streams only to reset them must not make us open them as fast as we can.
      if (Date.now() - stream.timeline.open < bounds.steadyMs) this.#backoff.failed()
      else this.#backoff.reset()
      queue.detach(stream)
    })
    queue.attach(stream)
    if (streams.size <= bounds.readers) return
    const oldest = [...streams].find((one) => one !== queue.stream && one !== stream)
    oldest?.abort(new Error('too many streams of one peer'))
  }

  close(): void {
    this.#closed.abort()
    for (const channel of channels) {
      clearTimeout(this.#timers[channel])
      this.#queues[channel].drop()
      for (const stream of this.#streams[channel]) stream.abort(new Error('the network stops'))
    }
  }

  #connected(): boolean {
    return this.#parts.connection() !== undefined
  }

  /** A background task that never throws. */
  #open(channel: Channel): void {
    clearTimeout(this.#timers[channel])
    for (const spare of this.#streams[channel]) this.#queues[channel].attach(spare)
    if (this.#queues[channel].stream !== undefined) return
    if (this.#opening.has(channel) || this.#closed.signal.aborted) return
    if (this.#backoff.waiting) {
      this.#timers[channel] = setTimeout(() => this.#open(channel), this.#backoff.remainingMs).unref()
      return
    }
    this.#opening.add(channel)
    this.#openStream(channel)
      .then((stream) => {
        if (stream.status !== 'open') throw new Error('the stream was reset at once')
        this.#opening.delete(channel)
        this.adopt(channel, stream)
        this.#parts.opened(channel, stream)
      })
      .catch((cause: unknown) => {
        this.#opening.delete(channel)
        this.#failed(channel, cause)
      })
  }

  #openStream(channel: Channel): Promise<Stream> {
    return atMost(bounds.openTimeoutMs, this.#closed.signal, async (signal) => {
      const connection = this.#parts.connection() ?? (await this.#parts.dial(signal))
      return connection.newStream(this.#parts.protocol(channel), { signal, runOnLimitedConnection: true })
    })
  }

  #failed(channel: Channel, cause: unknown): void {
    const queue = this.#queues[channel]
    if (queue.stream !== undefined) return
    this.#backoff.failed()
    const frames = queue.drop()
    this.#parts.dropped(frames, cause)
  }
}

function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4
}
