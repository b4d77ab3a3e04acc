/** Repeat: what may have been lost is said again, until the height ends or nothing waits. */
import { retryWaiting } from './accept.ts'
import { contributeAndAsk } from './collect.ts'
import type { AgreementEffect } from './effects.ts'
import { type Instance, messagePosition, others, type Proposal, votePosition } from './instance.ts'
import { signPrepare, withoutEntry } from './signed-votes.ts'
import { repeatDelayMs } from './timers.ts'
import { repeatViewChange } from './view-change.ts'
import { certified } from './vote.ts'

/**
 * Says again, in full, what this witness said last at this height, and asks one of those that are ahead how it ended.
 * Frames may be lost, and votes count once: repeating is always safe. Each time it waits longer for the next.
 */
export function repeat(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  instance.repeating.count++
  instance.repeating.atMs = nowMs + repeatDelayMs(instance)
  const ahead = askHowItEnded(instance, out)
  if (instance.abstains || (instance.view.deadlineMs === undefined && instance.view.number === 0)) {
    // Whoever waits at the next height repeats itself, which asks again; one junk message asks once.
    if (!ahead || certified(instance) === undefined) instance.repeating.atMs = undefined
    return
  }
  retryWaiting(instance, out)
  const view = instance.view.number
  const ownChange = instance.view.changes.get(instance.self)
  instance.collecting.asked = false
  if (ownChange?.view === view) repeatViewChange(instance, ownChange, out)
  else if (instance.proposing.accepted?.view !== view) contributeAndAsk(instance, nowMs, out)
  repeatVotes(instance, out)
}

/** Asks one of those that are ahead, another one each time; false if nobody is. */
function askHowItEnded(instance: Instance, out: AgreementEffect[]): boolean {
  const signers = [...(certified(instance)?.signatures.keys() ?? [])]
  const ahead = [...new Set([...instance.early.keys(), ...signers])].filter((peer) => peer !== instance.self)
  const asked = ahead[instance.repeating.count % ahead.length]
  if (asked !== undefined) out.push({ type: 'behind', from: asked, height: instance.position.height })
  return asked !== undefined
}

function repeatVotes(instance: Instance, out: AgreementEffect[]): void {
  const { proposing, voting, self } = instance
  const view = instance.view.number
  const position = messagePosition(instance)
  const to = others(instance)
  const header = voting.headerVotes.get(self)
  if (header !== undefined) out.push({ type: 'send', to, message: { type: 'header', ...position, ...header } })
  if (proposing.accepted?.view !== view) return
  const { digest } = proposing.accepted.entry
  if (proposing.proposedView === view) repeatProposal(instance, proposing.accepted, out)
  if (voting.prepares.get(self)?.view === view) {
    const signature = signPrepare(votePosition(instance), { view, digest }, instance.signer)
    out.push({ type: 'send', to, message: { type: 'prepare', ...position, view, digest, signature } })
  }
  if (voting.committedView === view)
    out.push({ type: 'send', to, message: { type: 'commit', ...position, view, digest } })
}

/** As leader: with all its inputs, to those that have not prepared it. */
function repeatProposal(instance: Instance, { view, entry, bodies }: Proposal, out: AgreementEffect[]): void {
  const late = others(instance).filter((peer) => instance.voting.prepares.get(peer)?.view !== view)
  if (late.length === 0) return
  const raws = [...bodies.values()].map((envelope) => envelope.raw)
  const changes = instance.proposing.justification.map(withoutEntry)
  const parts = { view, entry: entry.raw, bodies: raws, changes }
  out.push({ type: 'send', to: late, message: { type: 'propose', ...messagePosition(instance), ...parts } })
}
