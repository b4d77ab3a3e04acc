/**
 * One hash over a whole run: every step of every peer, and every certified header. Two runs are the same run if theirs
 * are equal (S8).
 */
import { concat, sha256 } from '#protocol/wire/hash.ts'

export class StateHash {
  #chained: Uint8Array = new Uint8Array(32)
  #a = 0x811c9dc5
  #b = 0x9e3779b9

  /** A step: who, when, and how many effects came out. Cheap, so that it can be done for each. */
  count(peer: number, atUs: number, effects: number): void {
    this.#a = Math.imul(this.#a ^ peer, 0x01000193)
    this.#a = Math.imul(this.#a ^ effects, 0x01000193)
    this.#b = (Math.imul(this.#b ^ (atUs | 0), 0x85ebca6b) + this.#a) | 0
  }

  add(bytes: Uint8Array): void {
    this.#chained = sha256(this.#chained, bytes)
  }

  digest(): Uint8Array {
    const counts = new Uint8Array(8)
    const view = new DataView(counts.buffer)
    view.setInt32(0, this.#a)
    view.setInt32(4, this.#b)
    return sha256(concat(this.#chained, counts))
  }
}
