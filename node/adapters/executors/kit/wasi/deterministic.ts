/**
 * Time and chance as a program sees them: the same on every peer, so that honest replicas give the same bytes.
 *
 * The clock starts at 1 January 2026 UTC in every run, each reading of it takes one virtual microsecond, and sleeping
 * advances it by exactly the time slept (the program does sleep). So elapsed times that a program prints are no
 * measurements. Random bytes are an AES-256 key stream of the seed: different for each job, the same for its replicas,
 * and no secret.
 */
import { createCipheriv, createHash } from 'node:crypto'

/** Seconds since 1970 at the start of every run: 1 January 2026, 00:00 UTC. */
const EPOCH_SECONDS = 1_767_225_600

const NANOS_PER_MS = 1_000_000n

/** A clock that moves only when it is read or slept on. */
export class VirtualClock {
  #elapsedNanos = 0n

  /** Nanoseconds: since 1970 if `realtime`, otherwise since the start of the run. */
  read(realtime: boolean): bigint {
    this.#elapsedNanos += 1_000n
    return this.#now(realtime)
  }

  /** Sleeps `nanos`, or until the clock shows `nanos` if `absolute`. Blocks the thread. */
  sleep(nanos: bigint, options: { absolute: boolean; realtime: boolean }): void {
    const wanted = options.absolute ? nanos - this.#now(options.realtime) : nanos
    if (wanted <= 0n) return
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(wanted / NANOS_PER_MS))
    this.#elapsedNanos += wanted
  }

  #now(realtime: boolean): bigint {
    return this.#elapsedNanos + (realtime ? BigInt(EPOCH_SECONDS) * 1_000_000_000n : 0n)
  }
}

/** An endless stream of bytes that depends on `seed` alone. Returns a function that fills an array with the next. */
export function randomStream(seed: string): (into: Uint8Array) => void {
  const key = createHash('sha256').update(seed).digest()
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  return (into) => {
    const pieceBytes = 1 << 20
    for (let at = 0; at < into.length; at += pieceBytes)
      into.set(cipher.update(Buffer.alloc(Math.min(pieceBytes, into.length - at))), at)
  }
}
