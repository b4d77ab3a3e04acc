/**
 * Carries out what agreement asks for: votes are persisted and sent, certified entries move the log on. A step leads to
 * others (an entry begins the next height; messages that came early for it may decide that at once, and so on), so they
 * are a list of work: how far a log gets at one event is a loop, and its order is written in one place, {@link run}.
 */
import type { AccountState } from '#protocol/account/state.ts'
import type { Stepped } from '#protocol/account/step.ts'
import { nextTickMs, receive, takeEarly, tick, wake } from '#protocol/agreement/agreement.ts'
import { advanceInstance } from '#protocol/agreement/begin-height.ts'
import type { AgreementEffect } from '#protocol/agreement/effects.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import { type ActiveMs, asActive, asNumber, NEVER } from '../time.ts'
import type { AccountLog } from './account-log.ts'
import type { AccountPublisher } from './account-publisher.ts'
import type { CatchUp } from './catch-up.ts'
import type { EpochHandoff } from './epoch-handoff.ts'
import type { InputIntake } from './input-intake.ts'
import type { JobNotifier } from './job-notifier.ts'
import type { Voting } from './voting.ts'

/** Does one thing to a log, and returns what follows from it: that comes before whatever was still to be done. */
type Step = () => readonly Step[]

const NOTHING: readonly Step[] = []

/** What a step may need of the rest of the witness. */
interface Parts {
  readonly context: Context
  readonly blobs: BlobExchange
  readonly intake: InputIntake
  readonly catchUp: CatchUp
  readonly voting: Voting
  readonly handoff: EpochHandoff
  readonly notifier: JobNotifier
  readonly publisher: AccountPublisher
}

/** Each method leaves nothing undone that can be done now; on a log without a part in agreement it does nothing. */
export class AgreementRunner {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** A message of another witness, for the height at which the log stands, or near it. */
  receive(log: AccountLog, from: PeerKey, message: AgreementMessage): void {
    run(() => this.#receive(log, from, message))
  }

  /** Something changed here that agreement may wait for: inputs, blobs, offers, a due time. */
  wake(log: AccountLog): void {
    run(() => this.#wake(log))
  }

  /** When agreement gives a view up or repeats itself; never if nothing waits. */
  nextTickMs({ instance }: AccountLog): ActiveMs {
    const atMs = instance && nextTickMs(instance)
    return atMs === undefined ? NEVER : asActive(atMs)
  }

  /** The time of {@link nextTickMs} has come. */
  tick(log: AccountLog): void {
    run(() => (log.instance === undefined ? NOTHING : this.#carryOut(log, tick(log.instance, this.#nowMs()))))
  }

  /** The log stands at a new height: what came early for it is heard, and agreement goes on if something waits. */
  resume(log: AccountLog): void {
    run(() => this.#resume(log))
  }

  /** The log is sealed: this witness's part in the old epoch ends, and the next epoch's committee gets the log. */
  handOff(log: AccountLog): void {
    run(() => this.#handOff(log))
  }

  /** A newer state than `before` was taken over from another witness. */
  adopted(log: AccountLog, before: AccountState): void {
    this.#report(log, before, { state: log.state, rejected: [] })
    this.resume(log)
  }

  /** Inputs of a proposal that are not here yet are fetched from those who contributed it. */
  fetchMissing(log: AccountLog): void {
    const waiting = log.instance?.proposing.waiting
    if (waiting === undefined) return
    const sources = waiting.entry.contributions.map((contribution) => contribution.envelope.signer)
    for (const cid of log.missingBlobs(waiting.entry, waiting.bodies)) this.#parts.blobs.need(cid, sources)
  }

  /** Agreement's timers run by active time; its machine knows plain numbers, here and in {@link nextTickMs}. */
  #nowMs(): number {
    return asNumber(this.#parts.context.activeMs)
  }

  #receive(log: AccountLog, from: PeerKey, message: AgreementMessage): readonly Step[] {
    if (log.instance === undefined) return NOTHING
    return this.#carryOut(log, receive(log.instance, from, message, this.#nowMs()))
  }

  #wake(log: AccountLog): readonly Step[] {
    if (log.instance === undefined) return NOTHING
    return [...this.#carryOut(log, wake(log.instance, this.#nowMs())), step(() => this.fetchMissing(log))]
  }

  #resume(log: AccountLog): readonly Step[] {
    const { instance } = log
    if (instance === undefined) return NOTHING
    const { height } = instance.position
    // A step may decide this height: the rest is of the past then, and the next height is resumed by itself.
    const here = (then: Step): Step => {
      return () => (log.instance?.position.height === height ? then() : NOTHING)
    }
    const early = takeEarly(instance).map(({ from, message }) => here(() => this.#receive(log, from, message)))
    return [...early, here(() => this.#wake(log))]
  }

  #handOff(log: AccountLog): readonly Step[] {
    const { handoff } = this.#parts
    if (!handoff.begin(log)) return NOTHING
    return [() => this.#resume(log), step(() => handoff.offer(log.account))]
  }

  /** The steps of `effects`, in order; at last, what another witness waits for is waited for here as well. */
  #carryOut(log: AccountLog, effects: readonly AgreementEffect[]): readonly Step[] {
    if (effects.length === 0) return NOTHING
    let learned = false
    const steps = effects.map((effect): Step => {
      if (effect.type === 'decided') return () => this.#decided(log, effect)
      if (effect.type !== 'learned') return step(() => this.#emit(log, effect))
      return step(() => {
        learned = this.#parts.intake.takeAll(log, effect.from, effect.bodies) || learned
      })
    })
    return [...steps, () => (learned ? this.#wake(log) : NOTHING)]
  }

  #emit(log: AccountLog, effect: Exclude<AgreementEffect, { type: 'decided' | 'learned' }>): void {
    const { context, voting, catchUp } = this.#parts
    switch (effect.type) {
      case 'persist':
        voting.persist(log, effect.record)
        break
      case 'send':
        context.send(effect.to, { type: 'agreement', message: effect.message }, { lane: log.account })
        break
      case 'behind':
        catchUp.askState(log, effect.from)
        break
      case 'evidence': {
        const { witness, headers } = effect
        context.log('error', { account: log.account, witness }, 'a witness signed two headers of one height')
        context.effects.push({ type: 'evidence', peer: witness, headers })
        break
      }
      default:
        effect satisfies never
    }
  }

  #decided(log: AccountLog, effect: Extract<AgreementEffect, { type: 'decided' }>): readonly Step[] {
    const { before, stepped } = log.advance(effect.entry, effect.bodies, effect.certificate)
    this.#parts.intake.keepOutputs(log, effect.bodies.values())
    this.#parts.catchUp.remember(log, effect)
    this.#report(log, before, stepped)
    if (log.state.sealedFor > 0) return this.#handOff(log)
    if (log.instance === undefined) return NOTHING
    advanceInstance(log.instance, log.position(), effect.certificate.signatures, effect.entry.proposer)
    return this.#resume(log)
  }

  /** Tells those concerned, and the network, what the new state says. */
  #report(log: AccountLog, before: AccountState, stepped: Stepped): void {
    this.#parts.notifier.report(log, before, stepped)
    this.#parts.publisher.certified(log, before)
  }
}

/** A step from which nothing follows. */
function step(act: () => void): Step {
  return () => {
    act()
    return NOTHING
  }
}

/** Depth first, as calls would be: what an effect leads to is over before the effect after it is carried out. */
function run(first: Step): void {
  const work = [first]
  for (let next = work.pop(); next !== undefined; next = work.pop()) work.push(...[...next()].reverse())
}
