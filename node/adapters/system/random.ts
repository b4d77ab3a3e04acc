/** The machine's entropy. */
import { randomBytes } from 'node:crypto'
import type { Random } from '#node/ports/random.ts'

/** Cryptographically strong bytes of the operating system. */
export function createSystemRandom(): Random {
  return { bytes: (length) => new Uint8Array(randomBytes(length)) }
}
