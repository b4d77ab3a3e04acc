/** Memory for frames that have begun and not ended: whoever never ends one must not hold ours. */
import type { Standing } from '#node/ports/network.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { budgets, strangers } from './budgets.ts'

/** Bytes held by peer; only peers that hold some are remembered. */
export class UnfinishedFrames {
  readonly #held = new Map<PeerKey, { bytes: number; standing: Standing }>()

  /** Bytes held for `peer`. */
  heldOf(peer: PeerKey): number {
    return this.#held.get(peer)?.bytes ?? 0
  }

  /** Notes `bytes` more for `peer` if its budget, and that of strangers together, has room for them. */
  reserve(peer: PeerKey, standing: Standing, bytes: number): boolean {
    const wanted = this.heldOf(peer) + bytes
    if (wanted > budgets[standing].unfinishedBytes) return false
    const assured = standing !== 'stranger' || wanted <= strangers.assuredUnfinishedBytes
    if (!assured && this.#ofStrangers() + bytes > strangers.unfinishedBytes) return false
    this.#held.set(peer, { bytes: wanted, standing })
    return true
  }

  /** Gives back what was reserved. */
  release(peer: PeerKey, bytes: number): void {
    const held = this.#held.get(peer)
    if (held === undefined) return
    if (held.bytes > bytes) this.#held.set(peer, { ...held, bytes: held.bytes - bytes })
    else this.#held.delete(peer)
  }

  #ofStrangers(): number {
    let sum = 0
    for (const { bytes, standing } of this.#held.values()) if (standing === 'stranger') sum += bytes
    return sum
  }
}
