/**
 * Seal: an entry that ends an epoch for the account. Open jobs move with the state to the next committee. Epochs are
 * taken one by one, so that the committee of each can tell the next whether the account has a log (decisions 0004 and
 * 0008).
 */
import type { StateDraft } from './draft.ts'

/**
 * Marks the draft as the last state of its epoch if at least f + 1 contributions, so an honest one, see a later epoch
 * on the ledger.
 */
export function seal(draft: StateDraft): void {
  const { committee } = draft.rules
  const seen = draft.entry.contributions.map((contribution) => contribution.ledgerEpoch).sort((a, b) => b - a)
  const agreed = seen[committee.f]
  if (agreed !== undefined && agreed > committee.epoch) draft.sealedFor = committee.epoch + 1
}
