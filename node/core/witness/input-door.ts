/**
 * The way of a signed input from another peer into a log, cheapest step first: what it claims to be, whether it can
 * concern a log that is kept here, the signature, room. Nothing is stored, fetched or begun before the last step. What
 * a forger signs is remembered by id *and* signature, so that it never hides the genuine copy.
 */
import { accountOf, isVerified, type LogInput, peekStatement } from '#protocol/account/inputs.ts'
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { toHex } from '#protocol/wire/hash.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { costs, decodeCostUs } from '../door/budgets.ts'
import type { AccountLog } from './account-log.ts'
import type { InputIntake } from './input-intake.ts'
import type { LogKeeper } from './log-keeper.ts'
import { relevanceOf } from './relevance.ts'

/** Holds nothing but the last {@link limits.forgeriesRemembered} forgeries. */
export class InputDoor {
  readonly #context: Context
  readonly #keeper: LogKeeper
  readonly #intake: InputIntake
  readonly #forgeries = new Set<string>()

  constructor(parts: { context: Context; keeper: LogKeeper; intake: InputIntake }) {
    this.#context = parts.context
    this.#keeper = parts.keeper
    this.#intake = parts.intake
  }

  /** Takes the input in `raw` that `from` sent. The log that has something new by it; `undefined` if none has. */
  hear(from: PeerKey, raw: Uint8Array): AccountLog | undefined {
    const { budgets, identity } = this.#context
    const costUs = decodeCostUs(raw.length)
    if (!budgets.charge(from, costUs)) return undefined
    const envelope = this.#context.envelope(raw)
    if (envelope === undefined) return this.#context.offence(from, 'shape')
    const input = peekStatement(envelope, identity.domain)
    if (input === undefined || !this.#concerns(input, from) || !this.#isSigned(envelope, from)) return undefined
    const log = this.#logFor(input)
    const isNew = log !== undefined && this.#intake.take(log, input, from)
    if (isNew) budgets.giveBack(from, costUs)
    return isNew ? log : undefined
  }

  /** True if a log that is kept here, or may begin here, can ever serve it. */
  #concerns(input: LogInput, from: PeerKey): boolean {
    const account = accountOf(input)
    const log = account === undefined ? undefined : this.#keeper.get(account)
    if (log !== undefined) return relevanceOf(log, input) !== 'never'
    return account !== undefined && input.kind === 'job' && this.#mayBegin(account, input.envelope.id, from)
  }

  /** A log begins with a job of a funded key. Whoever brings one of a key without funds is told so. */
  #mayBegin(account: WalletKey, id: string, from: PeerKey): boolean {
    if (!this.#keeper.isWitnessOf(account, this.#context.self)) return false
    const funds = this.#context.ledger.funds(account)
    if (funds === undefined || funds.total > 0n) return funds !== undefined
    if (this.#context.budgets.charge(from, costs.answer))
      this.#context.send([from], { type: 'rejected', id, code: 'CREDITS_SHORT' })
    return false
  }

  #logFor(input: LogInput): AccountLog | undefined {
    const account = accountOf(input)
    if (account === undefined) return undefined
    return input.kind === 'job' ? this.#keeper.ensure(account) : this.#keeper.get(account)
  }

  #isSigned(envelope: Envelope, from: PeerKey): boolean {
    if (isVerified(envelope)) return true
    const name = `${envelope.id}/${toHex(envelope.signature)}`
    const isKnownForgery = this.#forgeries.has(name)
    if (!isKnownForgery && !this.#context.budgets.charge(from, costs.signature)) return false
    if (!isKnownForgery && this.#context.input(envelope) !== undefined) {
      this.#context.budgets.giveBack(from, costs.signature)
      return true
    }
    this.#forgeries.add(name)
    dropOldest(this.#forgeries, limits.forgeriesRemembered)
    this.#context.offence(from, 'signature')
    return false
  }
}
