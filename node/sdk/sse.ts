/**
 * Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as far as a daemon writes them.
 */
import { WeftError } from '#protocol/errors.ts'

/** One message of a stream, as it was sent. */
export interface Message {
  /** What to ask on from after a broken connection; empty if the daemon gave none. */
  readonly id: string
  /** `message` if the daemon named none. */
  readonly event: string
  readonly data: string
}

/**
 * A longer message is refused, so that a daemon cannot fill the memory of whoever listens; gateways keep them far
 * below.
 */
const MESSAGE_LETTERS_MAX = 4 * 1_024 * 1_024

/**
 * The messages of a response, in order, as they come. Ends when the connection ends in order, rejects when it breaks.
 * Comments and messages without data are skipped. INTERNAL if a message has more than 4 Mi letters.
 */
export async function* messagesOf(response: Response): AsyncGenerator<Message> {
  if (response.body === null) return
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of chunksOf(response.body)) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MESSAGE_LETTERS_MAX) throw new WeftError('INTERNAL', 'an event of the daemon is too long')
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const message = readMessage(block)
      if (message !== undefined) yield message
    }
  }
}

/** Not every browser iterates over streams. Lets go of the connection when the reader stops early. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // Of a stream that broke this rejects with why it broke, which the reader knows already.
    await reader.cancel().catch(() => {})
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
