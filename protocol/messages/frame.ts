/**
 * Frames as bytes: what travels on the control and bulk streams and as gossip. Canonical CBOR of one object with a
 * `type`. Nothing in a frame is believed because of who sent it, except what concerns only the sender itself.
 */
import type { z } from 'zod'
import { limits } from '../limits.ts'
import { decode, encode, type Plain } from '../wire/canonical.ts'
import { type Message, SMALL_FRAME_BYTES, schemaOf } from './message.ts'
import { frames } from './table.ts'

/** Reads any frame of the table, strictly: unknown members and members beyond their bounds are refused. */
export const frameSchema = schemaOf<(typeof frames)[number]['schema']>(frames)

/** A frame as it was read: of the right shape and within its bounds, nothing of it believed. */
export type Frame = z.infer<typeof frameSchema>

/** The frame whose type is `T`; for a union of types, any of them. */
export type FrameOf<T extends Frame['type']> = Extract<Frame, { type: T }>

/**
 * Longest frame of the type that `type` names, bytes; `undefined` if there is no such type. To be asked before a frame
 * is decoded.
 */
export function frameBytesMax(type: string): number | undefined {
  return bytesMax.get(type)
}

const bytesMax = new Map(
  frames.map((frame: Message) => [frame.schema.shape.type.value, frame.bytesMax ?? SMALL_FRAME_BYTES]),
)

/** The frame's canonical bytes (DAG-CBOR). Throws TypeError for a number that is not a safe integer. */
export function encodeFrame(frame: Frame): Uint8Array {
  return encode(frame as unknown as Plain)
}

/**
 * The frame in `frameBytes`; `undefined` if they are none, are not canonical, or exceed `limits.frameBytes`. Never
 * throws. Bytes never change, so one array that many peers of a process get is decoded once.
 */
export function decodeFrame(frameBytes: Uint8Array): Frame | undefined {
  if (frameBytes.length > limits.frameBytes) return undefined
  const known = decoded.get(frameBytes)
  if (known !== undefined) return known
  const parsed = frameSchema.safeParse(decode(frameBytes))
  if (!parsed.success) return undefined
  decoded.set(frameBytes, parsed.data)
  return parsed.data
}

const decoded = new WeakMap<Uint8Array, Frame>()
