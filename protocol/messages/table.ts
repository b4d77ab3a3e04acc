/**
 * All frames that two authenticated peers exchange, by family. Everything else follows from this table: what is read
 * (`frame.ts`), that each has a handler (`node/core/dispatch-frame.ts` does not compile without one), and the table
 * of the README.
 */
import { accountMessages } from './accounts.ts'
import { agreementFrames } from './agreement.ts'
import { blobMessages } from './blobs.ts'
import { inputMessages } from './inputs.ts'
import { leaseMessages } from './leases.ts'
import { ledgerMessages } from './ledger.ts'
import { offerMessages } from './offers.ts'
import { receiptMessages } from './receipts.ts'
import { repairMessages } from './repair.ts'

/** Every frame once, in the order of the README. Two of one `type` throw when the module is loaded. */
export const frames = [
  ...agreementFrames,
  ...inputMessages,
  ...leaseMessages,
  ...receiptMessages,
  ...accountMessages,
  ...offerMessages,
  ...blobMessages,
  ...repairMessages,
  ...ledgerMessages,
] as const
