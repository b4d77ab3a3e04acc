/** Seal: once f + 1 witnesses see a later epoch on the ledger, this entry is the last of its epoch; open jobs move with the account.
 * Epochs are taken one by one, so that the committee of each can tell the next whether the account has a log. */
import type { StateDraft } from './draft.ts'

export function seal(draft: StateDraft): void {
  const { committee } = draft.rules
  const seen = draft.entry.contributions.map((contribution) => contribution.ledgerEpoch).sort((a, b) => b - a)
  const agreed = seen[committee.f]
  if (agreed !== undefined && agreed > committee.epoch) draft.sealedFor = committee.epoch + 1
}
