/** Answers `follow`: a job's events as they happen. */
import type { JobEvent } from '../../api/job-view.ts'
import type { Notice } from '../../core/effects.ts'
import { findReceipt, viewOf } from './jobs.ts'
import type { ApiParts } from './parts.ts'
import type { Watching } from './watching.ts'

/** Events that wait for a slow reader; further ones are left out. */
const EVENTS_MAX = 10_000

/** The job as it stands now, then each change and each piece of output, until it is closed. */
export async function* followJob(
  parts: ApiParts,
  watching: Watching,
  jobId: string,
  { signal }: { signal: AbortSignal },
): AsyncIterable<JobEvent> {
  const { notices, clock } = parts
  const events: JobEvent[] = []
  let wake: (() => void) | undefined
  const stop = notices.listen((notice) => {
    const event = eventOf(parts, jobId, notice, clock.wallMs())
    if (event === undefined || events.length >= EVENTS_MAX) return
    events.push(event)
    wake?.()
  })
  const release = watching.watch(jobId)
  try {
    const job = viewOf(parts, await findReceipt(parts, watching, jobId, { signal }))
    events.push({ type: 'job', at: clock.wallMs(), job })
    for (;;) {
      const event = events.shift()
      if (event !== undefined) yield event
      if (event?.type === 'job' && event.job.closedMs !== null) return
      if (events.length === 0) await waitFor((resolve) => (wake = resolve), signal)
    }
  } finally {
    stop()
    release()
  }
}

function eventOf(parts: ApiParts, jobId: string, notice: Notice, at: number): JobEvent | undefined {
  if (notice.type === 'receipt' && notice.receipt.job.id === jobId)
    return { type: 'job', at, job: viewOf(parts, notice.receipt) }
  if (notice.type !== 'output' || notice.job !== jobId) return undefined
  return {
    type: 'output',
    at,
    peer: notice.peer,
    stream: notice.stream,
    text: new TextDecoder().decode(notice.chunk),
  }
}

async function waitFor(register: (resolve: () => void) => void, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    register(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
  })
}
