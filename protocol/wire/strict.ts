/**
 * Which bytes are canonical: the one encoding that `encode` gives a value (RFC 8949, section 4.2, with names ordered
 * by length first, as DAG-CBOR does). The decoder's own strictness ends before this: it reads fractions, names in any
 * order and broken text.
 */

/** Nested lists and objects: far more than any message has. */
const DEPTH_MAX = 64

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface Level {
  /** Items that are still to come: of an object, names and values together. */
  left: number
  readonly named: boolean
  /** Where the name before lies in the bytes. */
  nameAt: number
  nameEnd: number
}

/**
 * True if `bytes` are exactly one value of integers, text, bytes, true, false, null, lists and objects in its
 * canonical encoding. One pass, no copies.
 */
export function isCanonical(bytes: Uint8Array): boolean {
  const reader = new Reader(bytes)
  const levels: Level[] = [{ left: 1, named: false, nameAt: 0, nameEnd: 0 }]
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    if (level.left === 0) {
      levels.pop()
      continue
    }
    const isName = level.named && level.left % 2 === 0
    level.left--
    const head = reader.head()
    if (head === undefined || (isName && head.major !== TEXT)) return false
    const { major, value } = head
    if (major === BYTES || major === TEXT) {
      const at = reader.at
      if (!reader.skip(value) || (major === TEXT && !isText(bytes, at, reader.at))) return false
      if (isName && level.nameEnd > 0 && !reader.follows(level, at)) return false
      if (isName) {
        level.nameAt = at
        level.nameEnd = reader.at
      }
    } else if (major === LIST || major === OBJECT) {
      // Every item takes a byte at least.
      if (value > bytes.length || levels.length > DEPTH_MAX) return false
      levels.push({ left: major === OBJECT ? 2 * value : value, named: major === OBJECT, nameAt: 0, nameEnd: 0 })
    }
  }
  return reader.at === bytes.length
}

const BYTES = 2
const TEXT = 3
const LIST = 4
const OBJECT = 5
const SIMPLE = 7
const FALSE = 20
const NULL = 22

class Reader {
  at = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /**
   * The next item's type and number (its own, or of its bytes or members); `undefined` if it is none of ours or
   * longer than needed.
   */
  head(): { major: number; value: number } | undefined {
    const first = this.#bytes[this.at++]
    if (first === undefined) return undefined
    const major = first >> 5
    const small = first & 31
    if (major === SIMPLE) return small >= FALSE && small <= NULL ? { major, value: small } : undefined
    if (major > OBJECT) return undefined
    if (small < 24) return { major, value: small }
    if (small > 27) return undefined
    const width = 1 << (small - 24)
    let value = 0
    for (let i = 0; i < width; i++) value = value * 256 + (this.#bytes[this.at++] ?? Number.NaN)
    const least = width === 1 ? 24 : 256 ** (width / 2)
    return value >= least ? { major, value } : undefined
  }

  skip(count: number): boolean {
    this.at += count
    return this.at <= this.#bytes.length
  }

  /** True if the name from `at` to here comes after the one before it: shorter first, then by its bytes. */
  follows({ nameAt, nameEnd }: Level, at: number): boolean {
    const length = this.at - at
    if (length !== nameEnd - nameAt) return length > nameEnd - nameAt
    for (let i = 0; i < length; i++) {
      const before = this.#bytes[nameAt + i] ?? 0
      const here = this.#bytes[at + i] ?? 0
      if (before !== here) return here > before
    }
    return false
  }
}

function isText(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if ((bytes[i] ?? 0) >= 0x80) return isUtf8(bytes.subarray(from, to))
  return true
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes)
    return true
  } catch {
    return false
  }
}
