/**
 * What may be read from a peer, by its standing. Bytes are those of its connections, whatever protocol they are of:
 * beyond them its sockets are not read, so that flow control slows it down. Frames beyond their number are dropped
 * unread. All numbers are guarded by tests in `test/network/`.
 */
import type { Standing } from '#node/ports/network.ts'
import { limits } from '#protocol/limits.ts'

const KiB = 1_024
const MiB = 1_024 * KiB
const second = 1_000
const minute = 60 * second

/** Bounds of one peer, over all of its connections together. */
export interface Budget {
  readonly bytesPerSecond: number
  /** Bytes that may come at once, after a pause. */
  readonly bytesBurst: number
  readonly framesPerSecond: number
  /** Frames that may come at once, after a pause. */
  readonly framesBurst: number
  /** The longest frame: one that announces more is refused before a byte of it is read, which is an offence. */
  readonly frameBytes: number
  /** Bytes of frames that have begun and not ended, over all streams: a stream that needs more is reset. */
  readonly unfinishedBytes: number
  /** Flow-control window of one framed stream: what a sender may have under way. */
  readonly windowBytes: number
  /** A peer that is over its budget for so long without a break is barred. */
  readonly patienceMs: number
}

/** The smallest window that yamux allows; that of every stream but the framed ones. */
export const WINDOW_BYTES = 256 * KiB

/**
 * By standing. Of one connection of a stranger, a poster or a member we hold at most 32 MiB: its unfinished frames,
 * a window for each of 32 streams (`bounds.streamsPerConnection`: 8 MiB), two framed streams' larger windows and what
 * the socket had read.
 */
export const budgets: Readonly<Record<Standing, Budget>> = {
  /**
   * Gossip, questions, a roster, and a 4 MiB blob that it was asked for: 5 MiB frames, for this side cannot know what
   * was asked. To be over its budget for 30 s it must have sent 16 MiB: nobody honest does.
   */
  stranger: {
    bytesPerSecond: 256 * KiB,
    bytesBurst: 8 * MiB,
    framesPerSecond: 100,
    framesBurst: 500,
    frameBytes: 5 * MiB,
    unfinishedBytes: 8 * MiB,
    windowBytes: WINDOW_BYTES,
    patienceMs: 30 * second,
  },
  /** Jobs with inputs of up to 4 MiB each, from an account that pays for them. */
  poster: {
    bytesPerSecond: 2 * MiB,
    bytesBurst: 16 * MiB,
    framesPerSecond: 500,
    framesBurst: 2_000,
    frameBytes: 5 * MiB,
    unfinishedBytes: 10 * MiB,
    windowBytes: 512 * KiB,
    patienceMs: minute,
  },
  /**
   * Results with their outputs, offers, renewals of leases. It may be a witness of which this peer does not know yet:
   * the longest frame of all is none too long.
   */
  member: {
    bytesPerSecond: 8 * MiB,
    bytesBurst: 64 * MiB,
    framesPerSecond: 2_000,
    framesBurst: 4_000,
    frameBytes: limits.frameBytes,
    unfinishedBytes: limits.frameBytes + MiB,
    windowBytes: 512 * KiB,
    patienceMs: 2 * minute,
  },
  /** Proposals of many accounts at once; slowed, never barred. A 4 MiB window fills 300 Mbit/s over 100 ms. */
  witness: {
    bytesPerSecond: 64 * MiB,
    bytesBurst: 256 * MiB,
    framesPerSecond: limits.messagesPerSecondPerPeer,
    framesBurst: limits.messageBurstPerPeer,
    frameBytes: limits.frameBytes,
    unfinishedBytes: 3 * limits.frameBytes,
    windowBytes: 4 * MiB,
    patienceMs: Number.POSITIVE_INFINITY,
  },
}

/**
 * Keys cost nothing, so strangers have a budget together, too: 16 of them are read from at full rate at once. While it
 * is used up each has what it is assured of and no more, so that a few questions of an honest one are heard beside any
 * number of others: 256 strangers (`bounds.strangers`) have 4 MiB/s assured.
 */
export const strangers = {
  bytesPerSecond: 4 * MiB,
  bytesBurst: 32 * MiB,
  framesPerSecond: 1_600,
  framesBurst: 8_000,
  unfinishedBytes: 64 * MiB,
  assuredBytesPerSecond: 16 * KiB,
  assuredBytesBurst: 64 * KiB,
  assuredFramesPerSecond: 5,
  assuredFramesBurst: 50,
  assuredUnfinishedBytes: 64 * KiB,
} as const
