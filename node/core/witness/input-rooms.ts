/**
 * Room for the inputs of one account that wait: per signer, in all, and in bytes. The account's wallet has a room of
 * its own, so that whatever others say, it is heard; and what comes before its seat was given out has a small one, so
 * that it takes none from the holders of seats.
 */
import type { LogInput } from '#protocol/account/inputs.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'

type Room = 'wallet' | 'seat' | 'early'

const inAll: { readonly [R in Room]: number } = {
  wallet: limits.pendingOfWallet,
  seat: limits.pendingPerAccount,
  early: limits.earlyPerAccount,
}
const ofOneSigner: { readonly [R in Room]: number } = {
  wallet: limits.pendingOfWallet,
  seat: limits.pendingPerSigner,
  early: limits.earlyPerSigner,
}

/** Counts what is taken; whoever takes room gives it back. */
export class InputRooms {
  readonly #taken: { [R in Room]: number } = { wallet: 0, seat: 0, early: 0 }
  /** By room and signer; only those above 0. */
  readonly #bySigner = new Map<string, number>()
  #bytes = 0

  /** Takes the room that `input` needs; false if there is not so much. */
  take(input: LogInput, early: boolean): boolean {
    const room = roomOf(input, early)
    const name = nameOf(room, input.envelope.signer)
    const bySigner = this.#bySigner.get(name) ?? 0
    const bytes = this.#bytes + input.envelope.raw.length
    if (this.#taken[room] >= inAll[room] || bySigner >= ofOneSigner[room] || bytes > limits.pendingBytes) return false
    this.#taken[room]++
    this.#bySigner.set(name, bySigner + 1)
    this.#bytes = bytes
    return true
  }

  /** Gives back what `take` took. */
  give(input: LogInput, early: boolean): void {
    const room = roomOf(input, early)
    const name = nameOf(room, input.envelope.signer)
    const bySigner = (this.#bySigner.get(name) ?? 0) - 1
    if (bySigner > 0) this.#bySigner.set(name, bySigner)
    else this.#bySigner.delete(name)
    this.#taken[room]--
    this.#bytes -= input.envelope.raw.length
  }
}

function roomOf(input: LogInput, early: boolean): Room {
  if (input.kind === 'job' || input.kind === 'cancel') return 'wallet'
  return early ? 'early' : 'seat'
}

function nameOf(room: Room, signer: PeerKey): string {
  return `${room}/${signer}`
}
