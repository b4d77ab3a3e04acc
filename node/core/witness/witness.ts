/**
 * The witness: keeps the logs of the accounts that it was drawn for. Turns frames into inputs and votes, votes into effects, and
 * tells the rest of the peer what was certified.
 */
import { accountOf, type Input } from '#protocol/account/inputs.ts'
import { encodeReceipt, makeReceipt, type Receipt } from '#protocol/account/receipt.ts'
import { type AccountState, type JobRecord, jobsAndMeta } from '#protocol/account/state.ts'
import type { Stepped } from '#protocol/account/step.ts'
import { nextTickMs, receive, takeEarly, tick, wake } from '#protocol/agreement/agreement.ts'
import { encodeCertificate } from '#protocol/agreement/certificate.ts'
import type { Effect as AgreementEffect, Recovered } from '#protocol/agreement/effects.ts'
import { advanceInstance } from '#protocol/agreement/instance.ts'
import type { AgreementMessage } from '#protocol/agreement/messages.ts'
import { limits } from '#protocol/limits.ts'
import { encode } from '#protocol/wire/canonical.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { BlobDesk } from '../blob-desk.ts'
import type { Context } from '../context.ts'
import { storeKeys } from '../keys.ts'
import type { OfferBook } from '../offer-book.ts'
import type { AccountLog } from './account-log.ts'
import { LogKeeper } from './log-keeper.ts'

/** What the rest of the peer learns from its own witness. */
export interface WitnessListener {
  /** A job's record changed in the certified state of an epoch and a height. `receipt` costs a proof: make it only where one is needed. */
  changed(job: JobRecord, at: { epoch: number; height: number }, receipt: () => Receipt | undefined): void
  rejected(id: string, code: string, author: PeerKey | WalletKey): void
}

/** Inputs that wait for an earlier sequence number are dropped after this time. */
const PENDING_AGE_MS = 60_000
/** A job input is fetched from its poster and from the witnesses that named it. */
const SWEEP_EVERY_MS = 5_000
/** What is due by time alone is looked at this often. */
const WAKE_EVERY_MS = 50
const FOLLOWERS_MAX = 8_192

export class Witness {
  readonly keeper: LogKeeper
  readonly #context: Context
  readonly #blobs: BlobDesk
  readonly #offers: OfferBook
  readonly #listener: WitnessListener
  /** Job → peers that want to hear of it: its poster and those who asked. */
  readonly #followers = new Map<string, Set<PeerKey>>()
  /** Log → when it may be woken again for what is due: a quorum may take its time, and what is due stays due until then. */
  readonly #wokenMs = new WeakMap<AccountLog, number>()
  #sweepAtMs = 0
  #seen = { offers: -1, blobs: -1 }

  constructor(parts: {
    context: Context
    blobs: BlobDesk
    offers: OfferBook
    listener: WitnessListener
    recovered: ReadonlyMap<WalletKey, Recovered>
    closedEpoch: number
  }) {
    this.#context = parts.context
    this.#blobs = parts.blobs
    this.#offers = parts.offers
    this.#listener = parts.listener
    this.keeper = new LogKeeper({ ...parts, resumed: (log, before) => this.#resumed(log, before) })
  }

  // --- frames

  onAgreement(from: PeerKey, message: AgreementMessage): void {
    const log = this.keeper.ensure(message.account)
    if (log?.instance === undefined) return
    // A decision is itself an answer: two witnesses that answer each other's would never end.
    if (message.height < log.instance.height) {
      if (message.type !== 'decision') this.keeper.showDecision(log, from, message.type === 'view-change')
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
    if (leases.length > 0) this.#context.send([from], { type: 'renewed', leases, token: frame.token })
  }

  /** The receipt of a job that is in one of this witness's states; `from` hears of it from now on. */
  onQuery(from: PeerKey, job: string): boolean {
    for (const log of this.keeper.all()) {
      if (!log.state.jobs.has(job)) continue
      const receipt = receiptOf(log, job)
      if (receipt !== undefined) this.#context.send([from], { type: 'receipt', receipt: encodeReceipt(receipt) })
      if (log.state.jobs.get(job)?.phase !== 'closed') this.#follow(job, from)
      return receipt !== undefined
    }
    return false
  }

  /** Where the account stands; a question alone begins no log. */
  onAccount(from: PeerKey, account: WalletKey): void {
    const log = this.keeper.get(account)
    if (log === undefined && this.#context.committee(account)?.witnesses.includes(this.#context.self) !== true) return
    const certificate = log?.certificate === undefined ? new Uint8Array() : encodeCertificate(log.certificate)
    const pending = log?.pending.values().map((input) => (input.kind === 'job' ? input.spec.seq : 0)) ?? []
    const nextSeq = Math.max(log?.state.lastSeq ?? 0, ...pending) + 1
    const funds = this.#context.ledger.funds(account)?.total ?? null
    this.#context.send([from], { type: 'head', account, certificate, nextSeq, funds })
  }

  /** The job's record as this witness knows it. */
  find(job: string): Receipt | undefined {
    for (const log of this.keeper.all()) if (log.state.jobs.has(job)) return receiptOf(log, job)
    return undefined
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
    return Math.min(active + this.#context.stalledMs, this.keeper.nextWakeMs())
  }

  tick(): void {
    const now = this.#now()
    const news = this.#offers.version !== this.#seen.offers || this.#blobs.version !== this.#seen.blobs
    this.#seen = { offers: this.#offers.version, blobs: this.#blobs.version }
    this.keeper.tick()
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
      this.#follow(envelope.id, from)
      this.onQuery(from, envelope.id)
      return false
    }
    if (kind === 'job') {
      this.#follow(envelope.id, from)
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
    const waiting = log.instance?.waiting
    if (waiting === undefined) return
    const sources = waiting.entry.contributions.map((contribution) => contribution.envelope.signer)
    for (const cid of log.missingBlobs(waiting.entry, waiting.bodies)) this.#blobs.need(cid, sources)
  }

  #agree(log: AccountLog, effects: readonly AgreementEffect[]): void {
    let learned = false
    for (const effect of effects) {
      switch (effect.type) {
        case 'persist':
          this.#persist(log, effect.record)
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
          this.keeper.catchUp(log, effect.from)
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

  #persist(log: AccountLog, record: Extract<AgreementEffect, { type: 'persist' }>['record']): void {
    if (record.kind === 'signed') log.signedHeight = Math.max(log.signedHeight, record.height)
    const change = { put: storeKeys.vote(log.account, record.kind), value: encodeRecord(record) }
    this.#context.write([change], { durable: true, lane: log.account })
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
    this.keeper.remember(log, effect)
    this.#report(log, before, stepped)
    if (log.state.sealedFor > 0) {
      this.keeper.handOver(log)
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
    const { height } = instance
    for (const { from, message } of takeEarly(instance)) {
      this.#agree(log, receive(instance, from, message, this.#now()))
      if (log.instance?.height !== height) return
    }
    this.#agree(log, wake(instance, this.#now()))
    this.#continue(log)
  }

  /** Tells everyone concerned what this entry changed. */
  #report(log: AccountLog, before: AccountState, { state, rejected }: Stepped): void {
    for (const { id, code } of rejected) this.#reject(log, id, code)
    for (const job of state.jobs.values()) {
      if (before.jobs.get(job.id) === job) continue
      const receipt = (): Receipt | undefined => receiptOf(log, job.id)
      this.#listener.changed(job, state, receipt)
      this.#announce(log, job, receipt)
    }
    const sealed = state.sealedFor > 0 && before.sealedFor === 0
    if (log.certificate !== undefined && (sealed || sumDiffers(before, state))) this.#publishTotals(log)
  }

  /** True for f + 1 witnesses, so for an honest one, at each height: they tell the others what all of them know. */
  #speaks({ rules }: AccountLog, height: number): boolean {
    const { witnesses, f, n } = rules.committee
    return (witnesses.indexOf(this.#context.self) - (height % n) + n) % n <= f
  }

  /** Those who speak at this height send the receipt to those concerned; the others answer when asked. */
  #announce(log: AccountLog, job: JobRecord, receipt: () => Receipt | undefined): void {
    const followers = this.#followers.get(job.id)
    if (job.phase === 'closed') this.#followers.delete(job.id)
    const { witnesses } = log.rules.committee
    if (!this.#speaks(log, log.state.height)) return
    const concerned = new Set<PeerKey>([...job.seats.map((seat) => seat.peer), ...(followers ?? [])])
    concerned.delete(this.#context.self)
    // Witnesses know it themselves; one that is behind and follows the job still hears of its end.
    if (job.phase !== 'closed') for (const witness of witnesses) concerned.delete(witness)
    else for (const witness of witnesses) if (followers?.has(witness) !== true) concerned.delete(witness)
    const made = concerned.size === 0 ? undefined : receipt()
    if (made !== undefined)
      this.#context.send([...concerned], { type: 'receipt', receipt: encodeReceipt(made) }, { lane: log.account })
  }

  #reject(log: AccountLog, id: string, code: string): void {
    const followers = this.#followers.get(id) ?? new Set<PeerKey>()
    this.#followers.delete(id)
    this.#listener.rejected(id, code, log.account)
    this.#context.send(
      [...followers].filter((peer) => peer !== this.#context.self),
      { type: 'rejected', id, code },
    )
  }

  /** Totals of the certified state for the other members' ledgers. */
  #publishTotals(log: AccountLog): void {
    const { certificate, state } = log
    if (certificate === undefined) return
    this.#context.tellLedger(state, certificate)
    this.keeper.totalsChanged(log, () => {
      this.keeper.publishHead(log)
      if (!this.#speaks(log, certificate.header.height)) return
      const frame = {
        type: 'totals' as const,
        certificate: encodeCertificate(certificate),
        totals: [...state.totals].slice(0, 1_024).map(([payee, total]): [string, bigint] => [payee, total]),
        jobsAndMeta: jobsAndMeta(state),
      }
      this.#context.effects.push({ type: 'gossip', topic: 'totals', frame })
    })
  }

  #follow(job: string, peer: PeerKey): void {
    const followers = this.#followers.get(job) ?? new Set<PeerKey>()
    if (followers.size >= 16 || (this.#followers.size >= FOLLOWERS_MAX && !this.#followers.has(job))) return
    followers.add(peer)
    this.#followers.set(job, followers)
  }

  #sweep(now: number): void {
    this.#sweepAtMs = now + SWEEP_EVERY_MS
    for (const log of this.keeper.all()) log.pending.forgetOlderThan(now, PENDING_AGE_MS)
  }
}

function receiptOf(log: AccountLog, job: string): Receipt | undefined {
  return log.certificate === undefined ? undefined : makeReceipt(log.state, log.certificate, job)
}

function sumDiffers(before: AccountState, after: AccountState): boolean {
  if (before.totals.size !== after.totals.size) return true
  for (const [payee, total] of after.totals) if (before.totals.get(payee) !== total) return true
  return false
}

function encodeRecord(record: Extract<AgreementEffect, { type: 'persist' }>['record']): Uint8Array {
  switch (record.kind) {
    case 'lock':
      return encode({ ...record, prepared: { ...record.prepared } })
    case 'promise':
      return encode({ ...record })
    case 'signed':
      return encode({ ...record })
  }
}
