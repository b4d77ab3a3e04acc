/**
 * A feed as a Server-Sent Events response: ids, resuming with Last-Event-ID, a heartbeat, an end when the client goes.
 */
import { bounds } from './bounds.ts'
import type { Feed, FeedItem } from './feeds.ts'
import type { Stream, StreamItem } from './handler.ts'

/**
 * Streams `feed` from after `lastEventId`. An id of another feed (the daemon restarted), or one too old, starts with
 * the oldest event kept; since every `job` event carries the whole state, nothing but old output is missed.
 */
export function eventStream(feed: Feed, lastEventId: string | undefined): Stream<FeedItem['event']> {
  return (signal) => feed.after(resumeFrom(feed, lastEventId), signal)
}

/** What `begin` yields as Server-Sent Events, with signs of life; its signal is aborted when the client goes. */
export function streamOf(begin: Stream): Response {
  const control = new AbortController()
  const encoder = new TextEncoder()
  const items = begin(control.signal)
  let next: Promise<IteratorResult<StreamItem>> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(encoder.encode('retry: 1000\n\n')),
    async pull(stream) {
      next ??= items.next()
      const result = await orHeartbeat(next)
      if (result === 'silent') return stream.enqueue(encoder.encode(': still here\n\n'))
      next = undefined
      if (result.done === true) return stream.close()
      stream.enqueue(encoder.encode(frame(result.value)))
    },
    cancel() {
      control.abort()
      return items.return(undefined).then(() => {})
    },
  })
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  })
}

function resumeFrom(feed: Feed, lastEventId: string | undefined): number {
  const [name, number] = (lastEventId ?? '').split('-')
  const at = Number(number)
  return name === feed.name && Number.isSafeInteger(at) && at > 0 ? at : 0
}

/** JSON has no raw line breaks, so one data line holds it. */
function frame(item: StreamItem): string {
  return `id: ${item.id}\nevent: ${item.event}\ndata: ${item.data}\n\n`
}

async function orHeartbeat<T>(next: Promise<T>): Promise<T | 'silent'> {
  let timer: NodeJS.Timeout | undefined
  const silent = new Promise<'silent'>((resolve) => {
    timer = setTimeout(() => resolve('silent'), bounds.heartbeatMs)
  })
  try {
    return await Promise.race([next, silent])
  } finally {
    clearTimeout(timer)
  }
}
