/**
 * Fewer flow-control frames: @libp2p/yamux 8 answers every data frame with a window update, which doubles the frames,
 * encryptions and system calls of a stream of small messages. Here an open stream sends one when half of its window is
 * used up, as hashicorp/yamux and go-libp2p do. Import this before a node is made.
 */
import type { Stream } from '@libp2p/interface'
import { StreamState, YamuxStream } from '@libp2p/yamux/stream'

const always = YamuxStream.prototype.sendWindowUpdate

YamuxStream.prototype.sendWindowUpdate = function sendWindowUpdate(this: YamuxStream): void {
  // The frames that open and acknowledge a stream are window updates too.
  if (this.state === StreamState.Established && this['recvWindowCapacity'] > this['recvWindow'] / 2) return
  always.call(this)
}

/** The other side may have at most `bytes` under way from now on; what it was granted before stays granted. */
export function setWindow(stream: Stream, bytes: number): void {
  if (stream instanceof YamuxStream) stream['maxStreamWindowSize'] = bytes
}
