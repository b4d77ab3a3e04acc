/** Reads frames from a stream until either side ends it. */
import type { Stream } from '@libp2p/interface'
import { limits } from '#protocol/limits.ts'
import { FrameError, FrameReader } from './frames.ts'

/** Who hears of frames. */
export interface FrameSink {
  frame(frame: Uint8Array): void
  /** The stream was reset because its framing is broken. */
  broken(error: FrameError): void
}

/** Feeds `sink` from `stream`. A remote that closes its side has said all: the stream is closed here, too. */
export function readFrames(stream: Stream, sink: FrameSink): void {
  const reader = new FrameReader(limits.frameBytes)
  // A stream that waits for its next vote is not inactive.
  stream.inactivityTimeout = 2 ** 31 - 1
  stream.addEventListener('message', (event) => {
    if (stream.status !== 'open') return
    try {
      for (const chunk of chunksOf(event.data)) reader.push(chunk, (frame) => sink.frame(frame))
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      stream.abort(error)
      sink.broken(error)
    }
  })
  stream.addEventListener('remoteCloseWrite', () => {
    stream.close().catch((error: Error) => stream.abort(error))
  })
}

function chunksOf(data: Uint8Array | Iterable<Uint8Array>): Iterable<Uint8Array> {
  return data instanceof Uint8Array ? [data] : data
}
