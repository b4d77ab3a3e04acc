/** Reads frames from a stream until either side ends it. */
import type { Stream } from '@libp2p/interface'
import { FrameError, FrameReader, type FrameRoom, NoRoomError } from './frames.ts'
import { bounds } from './settings.ts'

/** Who hears of frames. */
export interface FrameSink extends FrameRoom {
  frame(frame: Uint8Array): void
  /** The stream was reset because its framing is broken. */
  broken(error: FrameError): void
}

/** Feeds `sink` from `stream`. A remote that closes its side has said all: the stream is closed here, too. */
export function readFrames(stream: Stream, sink: FrameSink): void {
  const reader = new FrameReader(sink)
  const patience = new Patience(() => stream.abort(new Error('a frame that does not end')))
  // A stream that waits for its next vote is not inactive.
  stream.inactivityTimeout = 2 ** 31 - 1
  stream.addEventListener('message', (event) => {
    if (stream.status !== 'open') return
    try {
      for (const chunk of chunksOf(event.data)) {
        reader.push(chunk, (frame) => {
          patience.end()
          if (stream.status === 'open') sink.frame(frame)
        })
      }
      // What a frame made us do may have closed the stream: nothing is kept of it then.
      if (stream.status !== 'open') reader.end()
      else if (reader.unfinished) patience.begin()
    } catch (error) {
      if (!(error instanceof FrameError || error instanceof NoRoomError)) throw error
      stream.abort(error)
      if (error instanceof FrameError) sink.broken(error)
    }
  })
  stream.addEventListener('remoteCloseWrite', () => {
    stream.close().catch((error: Error) => stream.abort(error))
  })
  stream.addEventListener('close', () => {
    patience.end()
    reader.end()
  })
}

/** Goes off when what has begun does not end in time. */
class Patience {
  readonly #lost: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(lost: () => void) {
    this.#lost = lost
  }

  begin(): void {
    this.#timer ??= setTimeout(this.#lost, bounds.frameMs).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

function chunksOf(data: Uint8Array | Iterable<Uint8Array>): Iterable<Uint8Array> {
  return data instanceof Uint8Array ? [data] : data
}
