/**
 * Enter: what both ways into a later view have in common, giving the present one up and following a justified
 * proposal.
 */
import type { Instance } from './instance.ts'
import { armTimer } from './timers.ts'

/**
 * Forgets what belongs to the view before and starts the timers anew. The caller makes the promise of the new view
 * durable.
 */
export function enterView(instance: Instance, view: number, nowMs: number): void {
  const { collecting, proposing, voting, repeating } = instance
  instance.view.number = view
  instance.view.deadlineMs = undefined
  proposing.accepted = undefined
  proposing.waiting = undefined
  for (const [peer, vote] of voting.prepares) if (vote.view < view) voting.prepares.delete(peer)
  collecting.contributed = false
  collecting.asked = false
  repeating.atMs = undefined
  armTimer(instance, nowMs)
}
