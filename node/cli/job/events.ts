/** Reads a job's Server-Sent Events, and goes on after a broken connection from the last event seen. */
import type { JobEvent } from '#node/api/peer-api.ts'
import { jobEventSchema, problemSchema } from '#node/api/views.ts'
import { WeftError } from '#protocol/errors.ts'
import { isErrorCode } from '../command/errors.ts'

/** Broken connections in a row after which we give up. */
const RETRIES = 20
const RETRY_MS = 500
/** A longer event is refused: the gateway keeps them far below. */
const EVENT_LETTERS_MAX = 4 * 1_024 * 1_024

/** One message of a stream. */
interface Message {
  readonly id: string
  readonly event: string
  readonly data: string
}

/** Events of one job; `open` makes a request with the headers given. DAEMON_UNREACHABLE if the daemon stays away. */
export async function* followJob(
  open: (headers: Record<string, string>) => Promise<Response>,
  { signal }: { signal?: AbortSignal | undefined },
): AsyncGenerator<JobEvent> {
  let last: string | undefined
  for (let failures = 0; ; ) {
    try {
      const response = await open(last === undefined ? {} : { 'last-event-id': last })
      for await (const message of messagesOf(response)) {
        failures = 0
        last = message.id
        if (message.event === 'end') return
        if (message.event === 'problem') throw problemOf(message.data)
        const parsed = jobEventSchema.safeParse(JSON.parse(message.data))
        if (parsed.success) yield parsed.data
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const broken = !(error instanceof WeftError) || error.code === 'DAEMON_UNREACHABLE'
      if (!broken || (last === undefined && failures === 0 && error instanceof WeftError)) throw error
    }
    if (++failures > RETRIES) throw new WeftError('DAEMON_UNREACHABLE', 'the daemon stopped while we followed the job')
    await pause(RETRY_MS, signal)
  }
}

/** The messages of a stream of Server-Sent Events; ends or rejects when the connection does. */
export async function* messagesOf(response: Response): AsyncGenerator<Message> {
  if (response.body === null) return
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > EVENT_LETTERS_MAX) throw new WeftError('INTERNAL', 'an event of the daemon is too long')
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const message = readMessage(block)
      if (message !== undefined) yield message
    }
  }
}

function readMessage(block: string): Message | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2))
  }
  const data = fields.get('data')
  return data === undefined ? undefined : { id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data }
}

/** What a stream's `problem` message says. */
function problemOf(data: string): WeftError {
  const parsed = problemSchema.safeParse(JSON.parse(data))
  if (!parsed.success || !isErrorCode(parsed.data.code))
    return new WeftError('INTERNAL', 'the daemon cannot follow the job')
  return new WeftError(parsed.data.code, parsed.data.detail, { data: { next: parsed.data.hint } })
}

/** Resolves after `ms`, or when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
