/** Witnesses that are behind: shows them how a height ended, and asks for the state where this one is behind itself. */
import { encodeCertificate } from '#protocol/agreement/certificate.ts'
import type { AgreementEffect } from '#protocol/agreement/effects.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { later, type MonotonicMs } from '../time.ts'
import type { AccountLog } from './account-log.ts'
import type { AnswerRate } from './answer-rate.ts'

type Decided = Extract<AgreementEffect, { type: 'decided' }>

/**
 * By repetition of others only: it has no timer of its own, and answers no more often than {@link AnswerRate} allows.
 */
export class CatchUp {
  readonly #context: Context
  readonly #answers: AnswerRate
  /** How each log's last height ended, and when this witness learned of it. Goes with its log. */
  readonly #last = new WeakMap<AccountLog, { readonly decided: Decided; readonly atMs: MonotonicMs }>()

  constructor(context: Context, answers: AnswerRate) {
    this.#context = context
    this.#answers = answers
  }

  /** Keeps the last decision, so that a witness that is one entry behind can be shown it. */
  remember(log: AccountLog, decided: Decided): void {
    this.#last.set(log, { decided, atMs: this.#context.monotonicMs })
  }

  /**
   * Shows `to`, whose message was for a height that is over, how that ended. Right after a decision its votes were only
   * on their way, and it decides by itself.
   */
  showDecision(log: AccountLog, to: PeerKey, isStuck: boolean): void {
    const last = this.#last.get(log)
    if (last === undefined) return
    const { decided, atMs } = last
    if (!isStuck && this.#context.monotonicMs < later(atMs, limits.resendMs)) return
    if (!this.#answers.allows(`decision/${log.account}/${to}`, limits.resendMs)) return
    const { entry, bodies, certificate } = decided
    const { account, epoch, height } = entry
    const raws = [...bodies.values()].map((envelope) => envelope.raw)
    const message = {
      type: 'decision' as const,
      account,
      epoch,
      height,
      certificate: encodeCertificate(certificate),
      entry: entry.raw,
      bodies: raws,
    }
    this.#context.send([to], { type: 'agreement', message }, { lane: account })
  }

  /** `from` is ahead: asks it for its state. */
  askState(log: AccountLog, from: PeerKey): void {
    if (!this.#answers.allows(`behind/${log.account}/${from}`)) return
    this.#context.send([from], { type: 'fetch-state', account: log.account, epoch: log.rules.committee.epoch })
  }
}
