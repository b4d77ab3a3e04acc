/** What can be made to go wrong. Instant, lossless finality hides the bugs of clients that retry. */
import { z } from 'zod'
import { chainLimits } from './limits.ts'

const slotCount = z.number().int().min(0).max(chainLimits.finalizeSlots)

export const faultsSchema = z.strictObject({
  /** Milliseconds before a transaction is confirmed, rounded up to whole slots. */
  delayMs: z.number().min(0).max(600_000).optional(),
  /** Probability that a transaction is accepted and lost. */
  dropRate: z.number().min(0).max(1).optional(),
  /** This many of the next transactions are accepted and lost. */
  dropNext: z.number().int().min(0).max(1_000_000).optional(),
  /** Accept no transaction and pass no slot, until false. */
  stall: z.boolean().optional(),
  /** Slots between processed and confirmed. */
  confirmSlots: slotCount.optional(),
  /** Slots between processed and finalized: that many can be undone. */
  finalizeSlots: slotCount.optional(),
  /** At once: every blockhash given out so far is too old. */
  expireBlockhashes: z.literal(true).optional(),
  /** At once: undo every slot after this one; it must not be before the newest final one. */
  rollBackTo: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
})
/** A change of the faults; members left out stay as they are. */
export type FaultChange = z.infer<typeof faultsSchema>

/** The faults that last. */
export type Faults = {
  readonly [Name in Exclude<keyof FaultChange, 'expireBlockhashes' | 'rollBackTo'>]-?: NonNullable<FaultChange[Name]>
}

/** No fault; transactions are confirmed as soon as they are on the disk and final four slots later. */
export const NO_FAULTS: Faults = {
  delayMs: 0,
  dropRate: 0,
  dropNext: 0,
  stall: false,
  confirmSlots: 0,
  finalizeSlots: 4,
}

/** `faults` with the lasting members of `change`. */
export function changeFaults(faults: Faults, change: FaultChange): Faults {
  const { expireBlockhashes: _expire, rollBackTo: _rollBack, ...lasting } = change
  const given = Object.fromEntries(Object.entries(lasting).filter(([, value]) => value !== undefined))
  return { ...faults, ...given }
}

/** Slots that a transaction waits before it is confirmed and finalized. */
export function lags(faults: Faults, slotMs: number): { confirmSlots: number; finalizeSlots: number } {
  const confirmSlots = Math.min(
    chainLimits.finalizeSlots,
    Math.max(faults.confirmSlots, Math.ceil(faults.delayMs / slotMs)),
  )
  return { confirmSlots, finalizeSlots: Math.max(confirmSlots, faults.finalizeSlots) }
}
