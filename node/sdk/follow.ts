/** Following a job: its events until it is closed, whatever happens to the connection. */
import type { JobEvent, JobView } from '#node/api/job-view.ts'
import { routes } from '#node/api/routes.ts'
import { WeftError } from '#protocol/errors.ts'
import { type CallOptions, type Client, problemError } from './client.ts'
import { reconnected } from './reconnect.ts'

/**
 * The job's events, its present state first, until it is closed. After a broken connection they go on after the last
 * one; each `job` event carries the whole state, so at most some output is missed. Throws what the daemon says if it
 * cannot follow the job; NOT_FOUND for an unknown one; DAEMON_UNREACHABLE if the daemon does not answer, or stays away
 * for ten seconds.
 */
export async function* followJob(
  client: Client,
  jobId: string,
  { signal }: CallOptions = {},
): AsyncGenerator<JobEvent> {
  let last: string | undefined
  const open = () => {
    const headers = last === undefined ? {} : { 'last-event-id': last }
    return client.events(routes.jobs.events, { params: { id: jobId }, headers }, { signal })
  }
  for await (const told of reconnected(open, { isLast: ({ event }) => event === 'end', signal })) {
    last = told.id
    switch (told.event) {
      case 'problem':
        throw problemError(told.data)
      case 'job':
      case 'output':
        yield told.data
        break
      case 'end':
        break
      default:
        told satisfies never
    }
  }
}

/** Options of {@link awaitJob}. */
export interface AwaitOptions extends CallOptions {
  /** Gets each event as it comes. */
  readonly onEvent?: ((event: JobEvent) => void) | undefined
}

/**
 * The job as it is when it is closed, however it ended: look at `state` and `code`. One request, and one more for
 * each broken connection. Throws as {@link followJob} does.
 */
export async function awaitJob(
  client: Client,
  jobId: string,
  { onEvent, signal }: AwaitOptions = {},
): Promise<JobView> {
  let latest: JobView | undefined
  for await (const event of followJob(client, jobId, { signal })) {
    onEvent?.(event)
    if (event.type === 'job') latest = event.job
  }
  if (latest !== undefined && latest.closedMs !== null) return latest
  throw new WeftError('DAEMON_UNREACHABLE', 'the daemon stopped telling about the job before it ended')
}
