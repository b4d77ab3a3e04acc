/**
 * The chain's time: slots, blockhashes and what is confirmed and finalized.
 *
 * A blockhash is a function of the chain's seed and the slot number, so that replaying the log gives the same
 * SlotHashes as the first run. Slots never go back: undone slots stay skipped, as the losing fork's do on a cluster,
 * and only the block height falls.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { toBase58 } from './base58.ts'
import { chainLimits } from './limits.ts'

/** Slots per epoch of every public cluster. */
export const SLOTS_PER_EPOCH = 432_000

export const commitmentSchema = z.enum(['processed', 'confirmed', 'finalized'])
/** How settled an answer must be. */
export type Commitment = z.infer<typeof commitmentSchema>

export const slotsStateSchema = z.object({
  unixSeconds: z.number().int(),
  expiredHeight: z.number().int(),
  blocks: z.array(z.object({ slot: z.number().int(), height: z.number().int(), unixSeconds: z.number().int() })).min(1),
})
/** What a snapshot keeps; `blocks` oldest first, the last is the current one. */
export type SlotsState = z.infer<typeof slotsStateSchema>

/** A slot that holds a block. */
export interface Block {
  readonly slot: number
  readonly height: number
  readonly unixSeconds: number
  readonly hash: string
}

/** The window of recent blocks. */
export class Slots {
  readonly #seed: Uint8Array
  #blocks: Block[]
  #byHash = new Map<string, Block>()
  #expiredHeight: number
  #confirmed: number
  #finalized: number

  constructor(seed: Uint8Array, state: SlotsState) {
    this.#seed = seed
    this.#blocks = state.blocks.map((block) => ({ ...block, hash: blockhash(seed, block.slot) }))
    for (const block of this.#blocks) this.#byHash.set(block.hash, block)
    this.#expiredHeight = state.expiredHeight
    this.#confirmed = this.#finalized = this.current.slot
  }

  get current(): Block {
    const last = this.#blocks.at(-1)
    if (last === undefined) throw new Error('broken invariant: there is always a current block')
    return last
  }

  /** Opens block `slot` on top of the current one. */
  advance(slot: number, unixSeconds: number): Block {
    const block = { slot, height: this.current.height + 1, unixSeconds, hash: blockhash(this.#seed, slot) }
    this.#blocks.push(block)
    this.#byHash.set(block.hash, block)
    if (this.#blocks.length > KEPT_BLOCKS) {
      const oldest = this.#blocks.shift()
      if (oldest !== undefined) this.#byHash.delete(oldest.hash)
    }
    return block
  }

  /** Moves the confirmed and finalized slots up to their lags behind the current one; never back. */
  settle({ confirmSlots, finalizeSlots }: { confirmSlots: number; finalizeSlots: number }): void {
    this.#confirmed = Math.max(this.#confirmed, this.#slotBehind(confirmSlots))
    this.#finalized = Math.max(this.#finalized, this.#slotBehind(Math.max(confirmSlots, finalizeSlots)))
  }

  /** Forgets the blocks after `slot`. */
  undo(slot: number): void {
    while (this.#blocks.length > 1 && this.current.slot > slot) {
      const last = this.#blocks.pop()
      if (last !== undefined) this.#byHash.delete(last.hash)
    }
    this.#confirmed = Math.min(this.#confirmed, slot)
  }

  /** Makes every blockhash of today unusable. */
  expire(): void {
    this.#expiredHeight = this.current.height
  }

  /** The newest slot that is settled that well. */
  at(commitment: Commitment): number {
    if (commitment === 'processed') return this.current.slot
    return commitment === 'confirmed' ? this.#confirmed : this.#finalized
  }

  /** The newest block that is settled that well. */
  blockAt(commitment: Commitment): Block {
    const slot = this.at(commitment)
    return this.#blocks.findLast((block) => block.slot <= slot) ?? this.current
  }

  /** The block in `slot`, if it is among the recent ones. */
  block(slot: number): Block | undefined {
    return this.#blocks.findLast((block) => block.slot === slot)
  }

  /** Recent blocks in the window `[first, last]` of slots, oldest first. */
  blocksBetween(first: number, last: number): Block[] {
    return this.#blocks.filter((block) => block.slot >= first && block.slot <= last)
  }

  /** The block before `slot`. */
  parentOf(slot: number): number {
    return this.#blocks.findLast((block) => block.slot < slot)?.slot ?? Math.max(0, slot - 1)
  }

  /** Whether a transaction may still name this blockhash. */
  isUsable(hash: string): boolean {
    const block = this.#byHash.get(hash)
    if (block === undefined || block.height <= this.#expiredHeight) return false
    return this.current.height - block.height <= chainLimits.blockhashWindow
  }

  /** Slots before the one returned hold no transaction whose blockhash is still usable. */
  oldestUsableSlot(): number {
    const height = this.current.height - chainLimits.blockhashWindow
    return this.#blocks.find((block) => block.height >= height)?.slot ?? 0
  }

  /** The SlotHashes sysvar: completed blocks, newest first. */
  slotHashes(): { slot: number; hash: string }[] {
    return this.#blocks.slice(-chainLimits.slotHashes - 1, -1).reverse()
  }

  state(): SlotsState {
    const blocks = this.#blocks.map(({ slot, height, unixSeconds }) => ({ slot, height, unixSeconds }))
    return { unixSeconds: this.current.unixSeconds, expiredHeight: this.#expiredHeight, blocks }
  }

  #slotBehind(blocks: number): number {
    return (this.#blocks.at(-1 - blocks) ?? this.#blocks[0])?.slot ?? 0
  }
}

const KEPT_BLOCKS = Math.max(chainLimits.slotHashes + 1, chainLimits.finalizeSlots + 1)

function blockhash(seed: Uint8Array, slot: number): string {
  const number = Buffer.alloc(8)
  number.writeBigUInt64LE(BigInt(slot))
  return toBase58(createHash('sha256').update('weft-local-chain/blockhash').update(seed).update(number).digest())
}
