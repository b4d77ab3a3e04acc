/** Not reading: what slows a sender down without losing a byte, since flow control fills up towards it. */
import { type MessageStream, StreamMessageEvent } from '@libp2p/interface'

/** How a stream is throttled. */
export interface Throttled {
  /** So many bytes were read (0: asks again); returns for how many milliseconds nothing more is to be read. */
  charge(bytes: number): number
  /** Reading stops for now. */
  paused(): void
}

/**
 * Pauses `stream` whenever `charge` asks for it, and resumes it once it no longer does. A chunk is charged before
 * anybody sees it.
 */
export function throttle(stream: MessageStream, { charge, paused }: Throttled): void {
  // Pausing while the stream empties its buffer into us would be undone when that is over: only the debt is noted then.
  let state: 'reading' | 'paused' | 'resuming' = 'reading'
  const settle = (pauseMs: number): void => {
    if (pauseMs === 0 || state !== 'reading' || !attempt(stream, () => stream.pause())) return
    state = 'paused'
    paused()
    wait(pauseMs)
  }
  const wait = (pauseMs: number): void => {
    setTimeout(resume, Math.min(pauseMs, LOOK_AGAIN_MS)).unref()
  }
  const resume = (): void => {
    if (stream.status !== 'open') return
    const pauseMs = charge(0)
    if (pauseMs > 0) {
      wait(pauseMs)
      return
    }
    state = 'resuming'
    attempt(stream, () => stream.resume())
    state = 'reading'
    settle(charge(0))
  }
  onRead(stream, (bytes) => settle(charge(bytes)))
}

/**
 * Calls `read` with the length of each chunk before the listeners of `stream` get it. A listener of our own would not
 * do: a stream keeps what comes until it has one, and the real one may come later.
 */
export function onRead(stream: MessageStream, read: (bytes: number) => void): void {
  const dispatch: MessageStream['dispatchEvent'] = stream.dispatchEvent.bind(stream)
  stream.dispatchEvent = (event: Parameters<typeof dispatch>[0]) => {
    if (event instanceof StreamMessageEvent) read(event.data.byteLength)
    return dispatch(event)
  }
}

/** A peer whose standing rises need not wait for the end of a long pause. */
const LOOK_AGAIN_MS = 500

/** False if the stream is over. It may be closing without knowing that its connection has closed: it ends here then. */
function attempt(stream: MessageStream, act: () => void): boolean {
  if (stream.status !== 'open') return false
  try {
    act()
    return true
  } catch (cause) {
    stream.abort(cause instanceof Error ? cause : new Error(String(cause)))
    return false
  }
}
