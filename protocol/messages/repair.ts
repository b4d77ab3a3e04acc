/**
 * Repair: certified states for a witness that is behind or takes over, and what an entry was made of for whoever
 * recomputes it.
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytes, key, nat } from '../shapes.ts'
import type { Message } from './message.ts'

/** States and entries are believed by their certificates; `no-state` counts once q witnesses of that epoch said it. */
export const repairMessages = [
  {
    schema: z.strictObject({ type: z.literal('fetch-state'), account: key, epoch: nat }),
    from: 'witness',
    to: 'witness',
    meaning: 'asks for the newest certified state of the account, for the committee of this epoch',
  },
  {
    schema: z.strictObject({ type: z.literal('state'), account: key, certificate: bytes, state: bytes }),
    bytesMax: limits.frameBytes,
    from: 'witness',
    to: 'witness',
    meaning: 'that state, with its certificate',
  },
  {
    schema: z.strictObject({ type: z.literal('no-state'), account: key, epoch: nat }),
    from: 'witness',
    to: 'witness',
    meaning: 'the account has no log here, nor will it have one before this epoch',
  },
  {
    schema: z.strictObject({ type: z.literal('fetch-entry'), account: key, height: nat }),
    from: 'peer',
    to: 'witness',
    meaning: 'asks what this entry was made of, to recompute it',
  },
  {
    schema: z.strictObject({ type: z.literal('entry'), account: key, height: nat, before: bytes, entry: bytes }),
    bytesMax: limits.frameBytes,
    from: 'witness',
    to: 'peer',
    meaning: 'the record of the state before the entry, and that of the entry',
  },
] as const satisfies readonly Message[]
