/**
 * Bind: an accept makes a ticket holder a replica; a refusal gives the seat back; a commitment fixes a replica's result
 * before anybody's is revealed. What comes from anybody but the seat's holder under its fence changes nothing (S6).
 */
import { findSeat, open, removeSeat, type StateDraft, update, updateSeat } from './draft.ts'
import { ACCEPT, COMMITMENT, type Input, type InputOf, REFUSE } from './inputs.ts'
import { canJudge, shorthandedMs } from './place.ts'

/**
 * Takes the refusals, then the accepts, then the commitments among `inputs`, each where its seat is in the role for it.
 */
export function bind(draft: StateDraft, inputs: readonly Input[]): void {
  for (const input of inputs) if (input.kind === REFUSE) onRefusal(draft, input)
  for (const input of inputs) if (input.kind === ACCEPT) onAccept(draft, input)
  for (const input of inputs) if (input.kind === COMMITMENT) onCommitment(draft, input)
}

function onAccept(draft: StateDraft, input: InputOf<typeof ACCEPT>): void {
  const found = findSeat(draft, input)
  if (found === undefined || found.seat.role !== 'offered') return
  const job = updateSeat(draft, found.job, found.seat.peer, { role: 'running', sinceMs: draft.timeMs })
  if (job.phase === 'placed') update(draft, job, { phase: 'running' })
}

/**
 * A peer that is busy is not to blame when many accounts want the same free slot at once: its ticket goes to another
 * one without costing an attempt, so a full network makes a job wait, not fail.
 */
function onRefusal(draft: StateDraft, input: InputOf<typeof REFUSE>): void {
  const found = findSeat(draft, input)
  if (found === undefined || (found.seat.role !== 'offered' && found.seat.role !== 'running')) return
  const job = removeSeat(draft, found.job, found.seat.peer, input.statement.reason)
  if (input.statement.reason === 'busy' && found.seat.role === 'offered')
    update(draft, job, { busyTickets: job.busyTickets + 1 })
}

function onCommitment(draft: StateDraft, input: InputOf<typeof COMMITMENT>): void {
  const found = findSeat(draft, input)
  if (found === undefined || found.seat.role !== 'running' || found.job.phase === 'revealing') return
  const patch = { role: 'committed', sinceMs: draft.timeMs, commitment: input.statement.hash } as const
  updateSeat(draft, found.job, found.seat.peer, patch)
}

/**
 * Opens the reveal of each running job for which every wanted replica has committed, or a majority has and nobody was
 * found in time to replace the others ({@link shorthandedMs}). From this entry on no commitment is taken, and only from
 * it on is a result revealed, so nobody can copy one.
 */
export function openReveal(draft: StateDraft): void {
  for (const job of open(draft)) {
    if (job.phase !== 'running') continue
    const active = job.seats.filter((seat) => seat.role !== 'standby')
    if (active.length === 0 || active.some((seat) => seat.role !== 'committed')) continue
    const all = active.length >= job.spec.replicas
    if (all || (canJudge(job) && draft.timeMs > shorthandedMs(job)))
      update(draft, job, { phase: 'revealing', revealMs: draft.timeMs })
  }
}
