/**
 * Followed jobs. Each has one numbered list of its newest events, which any number of clients read from any place in
 * it, so that a client whose connection broke goes on where it was. Ids are `<feed>-<number>`; the feed's name changes
 * when it is made anew.
 */
import { randomBytes } from 'node:crypto'
import { WeftError } from '#protocol/errors.ts'
import type { JobEvent } from '../api/job-view.ts'
import type { EventOf } from '../api/route.ts'
import type { Routes } from '../api/routes.ts'
import type { PeerApi } from '../peer/peer-api.ts'
import { bounds } from './bounds.ts'
import type { StreamItem } from './handler.ts'
import { problemOf } from './problem.ts'

type FeedEvent = EventOf<Routes['jobs']['events']>

/** One numbered event. `problem` is the last one if following failed; `end` says that nothing follows. */
export interface FeedItem extends StreamItem<FeedEvent['event']> {
  readonly number: number
}

/** The followed jobs: each is asked of the peer once, however many clients follow it. At most `bounds.feeds`. */
export class Feeds {
  readonly #peer: Pick<PeerApi, 'follow'>
  readonly #feeds = new Map<string, Feed>()

  constructor(peer: Pick<PeerApi, 'follow'>) {
    this.#peer = peer
  }

  /** The feed of a job; begins to follow it if nobody does. ACCOUNT_FULL if too many are followed. */
  open(jobId: string): Feed {
    const known = this.#feeds.get(jobId)
    if (known !== undefined && !known.failed) return known
    if (known === undefined && this.#feeds.size >= bounds.feeds && !this.#dropIdle())
      throw new WeftError('ACCOUNT_FULL', 'too many jobs are followed at the same time')
    const feed = new Feed(
      (signal) => this.#peer.follow(jobId, { signal }),
      () => {
        if (this.#feeds.get(jobId) === feed) this.#feeds.delete(jobId)
      },
    )
    this.#feeds.set(jobId, feed)
    return feed
  }

  /** Ends every feed. */
  stop(): void {
    for (const feed of [...this.#feeds.values()]) feed.close()
  }

  #dropIdle(): boolean {
    const idle = [...this.#feeds.values()].find((feed) => feed.listeners === 0)
    idle?.close()
    return idle !== undefined
  }
}

/** Events of one job, read with {@link Feed.after}. */
export class Feed {
  readonly name = randomBytes(6).toString('hex')
  readonly #control = new AbortController()
  readonly #onClose: () => void
  readonly #items: FeedItem[] = []
  readonly #waiting = new Set<() => void>()
  #bytes = 0
  #next = 1
  #ended = false
  #failed = false
  #listeners = 0
  #linger: NodeJS.Timeout | undefined

  /** Begins at once; the background task never throws. */
  constructor(source: (signal: AbortSignal) => AsyncIterable<JobEvent>, onClose: () => void) {
    this.#onClose = onClose
    void this.#pump(source)
  }

  get listeners(): number {
    return this.#listeners
  }

  get failed(): boolean {
    return this.#failed
  }

  /** Items after `number` (0: from the oldest kept), then new ones as they come, until the end or `signal`. */
  async *after(number: number, signal: AbortSignal): AsyncGenerator<FeedItem> {
    this.#join()
    let at = number
    try {
      while (!signal.aborted) {
        const item = this.#items.find((candidate) => candidate.number > at)
        if (item !== undefined) {
          at = item.number
          yield item
        } else if (this.#ended) return
        else await this.#changed(signal)
      }
    } finally {
      this.#leave()
    }
  }

  /** Stops following. Idempotent. */
  close(): void {
    clearTimeout(this.#linger)
    this.#control.abort()
    this.#end()
    this.#onClose()
  }

  async #pump(source: (signal: AbortSignal) => AsyncIterable<JobEvent>): Promise<void> {
    try {
      for await (const event of source(this.#control.signal)) this.#add(feedEvent(event))
    } catch (error) {
      this.#failed = true
      if (!this.#control.signal.aborted) this.#add({ event: 'problem', data: problemOf(error, this.name) })
    }
    this.#add({ event: 'end', data: {} })
    this.#end()
  }

  #add({ event, data: value }: FeedEvent): void {
    if (this.#ended) return
    const number = this.#next++
    const data = JSON.stringify(value)
    this.#items.push({ id: `${this.name}-${number}`, number, event, data })
    this.#bytes += data.length
    while (this.#items.length > 1 && (this.#items.length > bounds.feedEvents || this.#bytes > bounds.feedBytes))
      this.#bytes -= this.#items.shift()?.data.length ?? 0
    this.#wake()
  }

  #end(): void {
    this.#ended = true
    this.#wake()
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }

  #join(): void {
    this.#listeners++
    clearTimeout(this.#linger)
  }

  #leave(): void {
    this.#listeners--
    if (this.#listeners > 0) return
    this.#linger = setTimeout(() => this.close(), bounds.feedLingerMs)
    this.#linger.unref()
  }
}

function feedEvent(event: JobEvent): FeedEvent {
  return event.type === 'job' ? { event: 'job', data: event } : { event: 'output', data: event }
}
