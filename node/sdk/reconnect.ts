/** Streams that go on after a broken connection. */
import { WeftError } from '#protocol/errors.ts'
import { pause } from './pause.ts'

/** Broken connections in a row after which we give up: with the pauses ten seconds, in which a daemon restarts. */
const RETRIES = 20
const RETRY_MS = 500

/** How {@link reconnected} goes on. */
export interface ReconnectOptions<T> {
  /** True for the item after which nothing follows. */
  readonly isLast: (item: T) => boolean
  /** Connections that may break in a row; 20 unless given. */
  readonly retries?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * The items of `open()`; where they end without a last one, or break, those of `open()` again, half a second later.
 * What the daemon refuses is thrown, and so is DAEMON_UNREACHABLE if it does not answer the first time, or stays away.
 */
export async function* reconnected<T>(
  open: () => AsyncIterable<T>,
  { isLast, retries = RETRIES, signal }: ReconnectOptions<T>,
): AsyncGenerator<T> {
  let first = true
  for (let failures = 0; ; ) {
    try {
      for await (const item of open()) {
        failures = 0
        first = false
        yield item
        if (isLast(item)) return
      }
    } catch (error) {
      signal?.throwIfAborted()
      // What is not ours comes from the connection.
      if (error instanceof WeftError && (error.code !== 'DAEMON_UNREACHABLE' || first)) throw error
    }
    first = false
    if (++failures > retries) throw new WeftError('DAEMON_UNREACHABLE', 'the daemon stopped while we listened to it')
    await pause(RETRY_MS, { signal })
  }
}
