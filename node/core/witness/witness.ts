/**
 * The witness: keeps the logs of the accounts that it was drawn for. Turns frames into inputs and votes, votes into effects, and
 * tells the rest of the peer what was certified.
 */
import { accountOf, type Input } from '#protocol/account/inputs.ts'
import type { AccountState } from '#protocol/account/state.ts'
import type { Stepped } from '#protocol/account/step.ts'
import { nextTickMs, receive, takeEarly, tick, wake } from '#protocol/agreement/agreement.ts'
import { advanceInstance } from '#protocol/agreement/begin-height.ts'
import type { AgreementEffect, Recovered } from '#protocol/agreement/effects.ts'
import { limits } from '#protocol/limits.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { OfferBook } from '../offers/offer-book.ts'
import type { AccountLog } from './account-log.ts'
import { Announcer, type WitnessListener } from './announcer.ts'
import { AnswerRate } from './answer-rate.ts'
import { CatchUp } from './catch-up.ts'
import { LogKeeper } from './log-keeper.ts'
import { Publisher } from './publisher.ts'
import { Questions } from './questions.ts'
import { keepVote } from './take-part.ts'

/** Inputs that wait for an earlier sequence number are dropped after this time. */
const PENDING_AGE_MS = 60_000
const SWEEP_EVERY_MS = 5_000
/** What is due by time alone is looked at this often. */
const WAKE_EVERY_MS = 50

export class Witness {
  readonly keeper: LogKeeper
  readonly questions: Questions
  readonly #context: Context
  readonly #blobs: BlobExchange
  readonly #offers: OfferBook
  readonly #answers: AnswerRate
  readonly #catchUp: CatchUp
  readonly #announcer: Announcer
  readonly #publisher: Publisher
  /** Log → when it may be woken again for what is due: a quorum may take its time, and what is due stays due until then. */
  readonly #wokenMs = new WeakMap<AccountLog, number>()
  #sweepAtMs = 0
  #seen = { offers: -1, blobs: -1 }

  constructor(parts: {
    context: Context
    blobs: BlobExchange
    offers: OfferBook
    listener: WitnessListener
    recovered: ReadonlyMap<WalletKey, Recovered>
    closedEpoch: number
  }) {
    this.#context = parts.context
    this.#blobs = parts.blobs
    this.#offers = parts.offers
    this.#answers = new AnswerRate(parts.context)
    this.#catchUp = new CatchUp(parts.context, this.#answers)
    this.#announcer = new Announcer(parts.context, parts.listener)
    this.#publisher = new Publisher(parts.context)
    const resumed = (log: AccountLog, before: AccountState | undefined): void => this.#resumed(log, before)
    this.keeper = new LogKeeper({ ...parts, answers: this.#answers, resumed })
    const { context } = parts
    this.questions = new Questions({ context, keeper: this.keeper, announcer: this.#announcer, answers: this.#answers })
  }

  // --- frames

  onAgreement(from: PeerKey, message: AgreementMessage): void {
    const log = this.keeper.ensure(message.account)
    if (log?.instance === undefined) return
    // A decision is itself an answer: two witnesses that answer each other's would never end.
    if (message.height < log.instance.position.height) {
      if (message.type === 'header') this.#agree(log, receive(log.instance, from, message, this.#now()))
      if (message.type !== 'decision') this.#catchUp.showDecision(log, from, message.type === 'view-change')
    } else if (message.epoch === log.rules.committee.epoch)
      this.#agree(log, receive(log.instance, from, message, this.#now()))
    this.#continue(log)
  }

  /** Signed inputs from their authors, or from whoever forwards them. Unsigned or foreign ones are dropped. */
  onInputs(from: PeerKey, raws: readonly Uint8Array[]): void {
    const touched = new Set<AccountLog>()
    for (const raw of raws) {
      const envelope = raw.length > limits.frameBytes ? undefined : this.#context.envelope(raw)
      const input = envelope === undefined ? undefined : this.#context.input(envelope)
      const account = input === undefined ? undefined : accountOf(input)
      const log = account === undefined ? undefined : this.keeper.ensure(account)
      if (input !== undefined && log !== undefined && this.#take(log, input, from)) touched.add(log)
    }
    for (const log of touched) this.#wake(log)
  }

  onRenew(from: PeerKey, frame: { account: WalletKey; leases: readonly [string, number][]; token: number }): void {
    const log = this.keeper.get(frame.account)
    const leases = frame.leases.filter(([job, fence]) => log?.renew(job, fence, from) === true)
    if (leases.length > 0 && frame.token > 0)
      this.#context.send([from], { type: 'renewed', leases, token: frame.token })
  }

  // --- time

  onLedger(): void {
    this.keeper.onLedger()
    for (const log of this.keeper.all()) this.#wake(log)
  }

  nextWakeMs(): number {
    let active = this.#sweepAtMs
    for (const log of this.keeper.all()) {
      // Without a part in the agreement (a sealed log) nothing can be done about what is due.
      if (log.instance === undefined) continue
      active = Math.min(active, nextTickMs(log.instance) ?? active)
      active = Math.min(active, Math.max(log.nextWakeMs() ?? active, this.#wokenMs.get(log) ?? 0))
    }
    return Math.min(active + this.#context.stalledMs, this.keeper.nextWakeMs(), this.#publisher.nextMs())
  }

  tick(): void {
    const now = this.#now()
    const news = this.#offers.version !== this.#seen.offers || this.#blobs.version !== this.#seen.blobs
    this.#seen = { offers: this.#offers.version, blobs: this.#blobs.version }
    this.keeper.tick()
    this.#publisher.tick()
    this.#answers.tick()
    for (const log of this.keeper.all()) {
      if (log.instance === undefined) continue
      const voteAtMs = nextTickMs(log.instance)
      if (voteAtMs !== undefined && voteAtMs <= now) this.#agree(log, tick(log.instance, now))
      const wakeAtMs = log.nextWakeMs()
      const due = wakeAtMs !== undefined && wakeAtMs <= now && now >= (this.#wokenMs.get(log) ?? 0)
      if (due) this.#wokenMs.set(log, now + WAKE_EVERY_MS)
      if (news || due) this.#wake(log)
      this.#continue(log)
    }
    if (now >= this.#sweepAtMs) this.#sweep(now)
  }

  // --- inside

  #now(): number {
    return this.#context.activeMs
  }

  #take(log: AccountLog, input: Input, from: PeerKey): boolean {
    const { kind, envelope } = input
    if (kind === 'profile' || kind === 'load') return false
    if (kind === 'job' && log.state.jobs.has(envelope.id)) {
      this.#announcer.follow(envelope.id, from)
      this.questions.onQuery(from, envelope.id)
      return false
    }
    if (kind === 'job') {
      this.#announcer.follow(envelope.id, from)
      for (const file of input.spec.inputs) this.#blobs.need(file.cid, [from])
    }
    if (kind === 'result') this.#blobs.need(input.statement.output, [envelope.signer])
    if (kind === 'result') this.#blobs.need(input.statement.logs, [envelope.signer])
    if (kind === 'result' && input.statement.body.length > 0) this.#blobs.add(input.statement.body)
    return log.pending.add(input, this.#now())
  }

  #wake(log: AccountLog): void {
    if (log.instance === undefined) return
    this.#agree(log, wake(log.instance, this.#now()))
    this.#continue(log)
  }

  /** Inputs of a proposal that are not here yet are fetched from those who contributed it. */
  #continue(log: AccountLog): void {
    const waiting = log.instance?.proposing.waiting
    if (waiting === undefined) return
    const sources = waiting.entry.contributions.map((contribution) => contribution.envelope.signer)
    for (const cid of log.missingBlobs(waiting.entry, waiting.bodies)) this.#blobs.need(cid, sources)
  }

  #agree(log: AccountLog, effects: readonly AgreementEffect[]): void {
    let learned = false
    for (const effect of effects) {
      switch (effect.type) {
        case 'persist':
          keepVote(this.#context, log, effect.record)
          break
        case 'send':
          this.#context.send(effect.to, { type: 'agreement', message: effect.message }, { lane: log.account })
          break
        case 'decided':
          this.#decided(log, effect)
          break
        case 'learned':
          learned = this.#learned(log, effect.from, effect.bodies) || learned
          break
        case 'behind':
          this.#catchUp.askState(log, effect.from)
          break
        case 'evidence':
          this.#context.log(
            'error',
            { account: log.account, witness: effect.witness },
            'a witness signed two headers of one height',
          )
          this.#context.effects.push({ type: 'evidence', peer: effect.witness, headers: effect.headers })
          break
      }
    }
    // What another witness waits for is now waited for here as well.
    if (learned) this.#wake(log)
  }

  /** True if there was something new. */
  #learned(log: AccountLog, from: PeerKey, bodies: ReadonlyMap<string, { readonly raw: Uint8Array }>): boolean {
    let news = false
    for (const { raw } of bodies.values()) {
      const envelope = this.#context.envelope(raw)
      const input = envelope === undefined ? undefined : this.#context.input(envelope)
      if (input !== undefined && accountOf(input) === log.account) news = this.#take(log, input, from) || news
    }
    return news
  }

  #decided(log: AccountLog, effect: Extract<AgreementEffect, { type: 'decided' }>): void {
    const { before, stepped } = log.advance(effect.entry, effect.bodies, effect.certificate)
    this.#catchUp.remember(log, effect)
    this.#report(log, before, stepped)
    if (log.state.sealedFor > 0) {
      this.keeper.handOff(log)
      return
    }
    const { instance } = log
    if (instance === undefined) return
    advanceInstance(instance, log.position(), effect.certificate.signatures, effect.entry.proposer)
    this.#resumed(log, undefined)
  }

  /** The log stands at a new height: replay what came early, and go on if something waits. */
  #resumed(log: AccountLog, before: AccountState | undefined): void {
    const { instance } = log
    if (before !== undefined) this.#report(log, before, { state: log.state, rejected: [] })
    if (instance === undefined) return
    const { height } = instance.position
    for (const { from, message } of takeEarly(instance)) {
      this.#agree(log, receive(instance, from, message, this.#now()))
      if (log.instance?.position.height !== height) return
    }
    this.#agree(log, wake(instance, this.#now()))
    this.#continue(log)
  }

  #report(log: AccountLog, before: AccountState, stepped: Stepped): void {
    this.#announcer.report(log, before, stepped)
    this.#publisher.certified(log, before)
  }

  #sweep(now: number): void {
    this.#sweepAtMs = now + SWEEP_EVERY_MS
    for (const log of this.keeper.all()) log.pending.forgetOlderThan(now, PENDING_AGE_MS)
  }
}
