/**
 * A look into canonical CBOR without decoding it: what a large frame claims to be is read before anything is done with
 * the rest. Byte and text strings are stepped over by their length, so a frame of 17 MiB costs as much as one of 100
 * bytes.
 */

/** Items that are stepped over at most: a frame's name stands behind 64 content ids at the worst. */
const STEPS_MAX = 256
/** Longest text that is read. */
const TEXT_BYTES_MAX = 128

/**
 * The text at `path`, keys of maps from the outermost inwards; `undefined` if there is none, if it is longer than 128
 * bytes, or if more than 256 items stand before it. That it answers does not mean that the rest is well-formed. Never
 * throws.
 */
export function peekText(bytes: Uint8Array, path: readonly string[]): string | undefined {
  const cursor: Cursor = { bytes, at: 0, steps: 0 }
  for (const key of path) if (!enter(cursor, key)) return undefined
  return readText(cursor)
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
  steps: number
}

/** Moves from a map to the value of `key`; false if it has none. */
function enter(cursor: Cursor, key: string): boolean {
  const head = readHead(cursor)
  if (head?.major !== MAP) return false
  for (let i = 0; i < head.value; i++) {
    const name = readText(cursor)
    if (name === undefined) return false
    if (name === key) return true
    if (!skip(cursor)) return false
  }
  return false
}

const BYTES = 2
const TEXT = 3
const LIST = 4
const MAP = 5
const TAG = 6

/** Steps over one item with all that is in it; false if that is too much, or no CBOR. */
function skip(cursor: Cursor): boolean {
  for (let left = 1; left > 0; left--) {
    const head = readHead(cursor)
    if (head === undefined) return false
    if (head.major === BYTES || head.major === TEXT) cursor.at += head.value
    else if (head.major === LIST) left += head.value
    else if (head.major === MAP) left += 2 * head.value
    else if (head.major === TAG) left++
    if (cursor.at > cursor.bytes.length || left > STEPS_MAX) return false
  }
  return true
}

function readText(cursor: Cursor): string | undefined {
  const head = readHead(cursor)
  if (head?.major !== TEXT || head.value > TEXT_BYTES_MAX) return undefined
  const end = cursor.at + head.value
  if (end > cursor.bytes.length) return undefined
  const text = String.fromCharCode(...cursor.bytes.subarray(cursor.at, end))
  cursor.at = end
  return text
}

/** Major type and value of the next item's head; for a simple value (null, true) its number. */
function readHead(cursor: Cursor): { readonly major: number; readonly value: number } | undefined {
  const first = cursor.bytes[cursor.at]
  if (first === undefined || ++cursor.steps > STEPS_MAX) return undefined
  cursor.at++
  const small = first & 0x1f
  if (small < 24) return { major: first >> 5, value: small }
  if (small > 27) return undefined
  const width = 2 ** (small - 24)
  if (cursor.at + width > cursor.bytes.length) return undefined
  let value = 0
  for (let i = 0; i < width; i++) value = value * 256 + (cursor.bytes[cursor.at + i] ?? 0)
  cursor.at += width
  return { major: first >> 5, value }
}
