/** The account's log as agreement sees it: what it would contribute, and what follows from an entry. */
import type { Envelope } from '../wire/envelope.ts'
import type { Header } from '../wire/header.ts'
import type { Contribution } from './contribution.ts'
import type { Bodies, Entry } from './entry.ts'

/**
 * What the machine asks of the account's log. It changes nothing: answers depend on the arguments and the log's state
 * only.
 */
export interface Application {
  /** True if something waits to be served. Asked after every message: cheap. */
  urgent(): boolean
  /**
   * What this witness would contribute now, with the body of every input that it names: only what it is `ready` for.
   */
  contribute(): { readonly draft: ContributionDraft; readonly bodies: Bodies }
  /**
   * The header that follows from `entry`, or `undefined` if a body is missing or void by itself: a leader leaves out
   * a contribution that names such a body, so nothing may be void only together with another contribution. Also asked
   * for entries of a single contribution. The state root must depend on `entry.digest`, so that one header names one
   * entry: its proposer leads the next height. Signatures of bodies are verified before they come here; two bodies of
   * one id may differ in their signature, which therefore must not matter.
   */
  apply(entry: Entry, bodies: Bodies): Header | undefined
  /**
   * What `envelope` would be in an entry of this log: an `input` of the account's own, or an `offer`; `undefined` if it
   * has no place in it. The same for every witness at one height. Asked before its signature is verified: cheap.
   */
  kindOf(envelope: Envelope): 'input' | 'offer' | undefined
  /** A body that this witness holds, so that it need not be sent again. */
  body(id: string): Envelope | undefined
  /**
   * True once everything that `entry` newly relies on (the inputs of the jobs that it admits) is here and will be
   * durable with the next durable write.
   */
  ready(entry: Entry, bodies: Bodies): boolean
}

/** The part of a contribution that the application decides; the machine adds the position and signs. */
export type ContributionDraft = Pick<Contribution, 'clockMs' | 'funds' | 'ledgerEpoch' | 'inputs' | 'overdue'>
