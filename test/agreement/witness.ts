/** An honest witness around the real machine: its disk, its outbox that waits for the disk, its crashes and restarts. */
import { nextTickMs, receive, takeEarly, tick, wake } from '#protocol/agreement/agreement.ts'
import { advanceInstance, createInstance } from '#protocol/agreement/begin-height.ts'
import { type Certificate, checkCertificate } from '#protocol/agreement/certificate.ts'
import type { AgreementEffect, Durable } from '#protocol/agreement/effects.ts'
import type { Bodies, Entry } from '#protocol/agreement/entry.ts'
import type { Instance } from '#protocol/agreement/instance.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { AgreementMessage, AgreementMessageOf } from '#protocol/messages/agreement.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import type { PeerKey, Signer } from '#protocol/wire/keys.ts'
import { DOMAIN, decisionOf, GENESIS, headerOf, INPUT, next, positionAfter, ToyLog, type ToyState } from './toy-log.ts'

/** What travels: votes, requests for what was missed, and a whole certified state. */
export type Parcel =
  | AgreementMessage
  | { readonly type: 'fetch'; readonly height: number }
  | { readonly type: 'snapshot'; readonly state: ToyState }

/** What a witness's surroundings do for it and want to know of it. */
export interface Surroundings {
  nowMs(): number
  transmit(from: PeerKey, to: readonly PeerKey[], parcel: Parcel): void
  /** Something was written: call {@link Witness.flush} some day. */
  written(witness: Witness): void
  timer(witness: Witness, atMs: number): void
  /** A decision that this witness may show to others by now, with the state before it. */
  decided(witness: Witness, before: ToyState, decided: Decided): void
  evidence(witness: Witness, effect: Extract<AgreementEffect, { type: 'evidence' }>): void
  /** True if a whole state should be handed over rather than one entry. */
  prefersSnapshot(): boolean
}

export interface Decided {
  readonly entry: Entry
  readonly bodies: Bodies
  readonly certificate: Certificate
}

type Decision = AgreementMessageOf<'decision'>

interface Disk {
  state: ToyState
  decisions: Map<number, Decision>
  lock?: Extract<Durable, { kind: 'lock' }>
  promise?: Extract<Durable, { kind: 'promise' }>
  signed?: Extract<Durable, { kind: 'signed' }>
}

type Write = Durable | { readonly kind: 'certified'; readonly state: ToyState; readonly decision: Decision | undefined }

export class Witness {
  readonly key: PeerKey
  readonly log: ToyLog
  readonly blobs = new Set<string>()
  instance: Instance | undefined
  private readonly signer: Signer
  private readonly committee: Committee
  private readonly world: Surroundings
  /** True: everything waits for every write. False: only what the protocol demands. */
  private readonly strict: boolean
  private readonly disk: Disk = { state: GENESIS, decisions: new Map() }
  private decisions = new Map<number, Decision>()
  private writes: Write[] = []
  private durable = 0
  private issued = 0
  private neededByVotes = 0
  private certifiedWrites: { readonly height: number; readonly index: number }[] = []
  private outbox: { readonly needs: number; readonly run: () => void }[] = []

  constructor(signer: Signer, committee: Committee, world: Surroundings, strict: boolean) {
    this.key = signer.key
    this.signer = signer
    this.committee = committee
    this.world = world
    this.strict = strict
    this.log = new ToyLog(GENESIS, () => world.nowMs(), this.blobs)
    this.start(false)
  }

  /** An input that a client submitted here. */
  submit(input: Envelope): void {
    this.log.pending.set(input.id, input)
    this.wake()
  }

  wake(): void {
    if (this.instance !== undefined) this.carryOut(wake(this.instance, this.world.nowMs()))
  }

  tick(): void {
    const due = this.instance && nextTickMs(this.instance)
    if (this.instance !== undefined && due !== undefined && due <= this.world.nowMs())
      this.carryOut(tick(this.instance, this.world.nowMs()))
    this.setTimer()
  }

  deliver(from: PeerKey, parcel: Parcel): void {
    if (this.instance === undefined) return
    if (parcel.type === 'fetch') this.answer(from, parcel.height)
    else if (parcel.type === 'snapshot') this.install(parcel.state)
    else this.carryOut(receive(this.instance, from, parcel, this.world.nowMs()))
  }

  /** The first `count` outstanding writes reach the disk. */
  flush(count: number = this.writes.length): void {
    for (const write of this.writes.splice(0, count)) {
      this.durable++
      if (write.kind === 'lock') this.disk.lock = write
      else if (write.kind === 'promise') this.disk.promise = write
      else if (write.kind === 'signed') this.disk.signed = write
      else {
        this.disk.state = write.state
        if (write.decision !== undefined) this.disk.decisions.set(write.state.height, write.decision)
      }
    }
    this.release()
  }

  /** Loses what is not on the disk and what was not sent. */
  crash(writesThatMakeIt: number): void {
    this.instance = undefined
    this.outbox = []
    this.flush(writesThatMakeIt)
    this.writes = []
    this.issued = this.durable
  }

  get outstandingWrites(): number {
    return this.writes.length
  }

  /** Starts from what is on the disk. */
  start(crashed: boolean): void {
    const { state, lock, promise, signed, decisions } = this.disk
    this.log.state = state
    this.decisions = new Map(decisions)
    this.neededByVotes = this.durable
    this.certifiedWrites = []
    this.instance = createInstance({
      domain: DOMAIN,
      signer: this.signer,
      application: this.log,
      position: positionAfter(state, this.committee),
      previousSignatures: state.certificate?.signatures ?? new Map(),
      lastProposer: state.proposer,
      recovered: { crashed, ...(lock && { lock }), ...(promise && { promise }), ...(signed && { signed }) },
      abstains: false,
    })
    this.wake()
  }

  private carryOut(effects: readonly AgreementEffect[]): void {
    const { instance } = this
    for (const effect of effects) {
      switch (effect.type) {
        case 'persist':
          this.write(effect.record)
          break
        case 'send':
          this.afterWrites(() => this.world.transmit(this.key, effect.to, effect.message))
          break
        case 'decided':
          this.moveOn(effect)
          break
        case 'learned':
          for (const [id, body] of effect.bodies) if (body.kind === INPUT) this.log.pending.set(id, body)
          this.wake()
          break
        case 'behind':
          this.world.transmit(this.key, [effect.from], { type: 'fetch', height: this.log.state.height + 1 })
          break
        case 'evidence':
          this.world.evidence(this, effect)
          break
      }
    }
    if (instance === this.instance) this.setTimer()
  }

  private moveOn(decided: Decided): void {
    const before = this.log.state
    if (decided.entry.height !== before.height + 1) return
    const state = next(before, decided.entry, decided.certificate)
    const decision = decisionOf(decided.entry, decided.bodies, decided.certificate)
    this.afterWrites(() => this.world.decided(this, before, decided))
    this.decisions.set(state.height, decision)
    this.advance(state, decision)
  }

  private advance(state: ToyState, decision: Decision | undefined): void {
    const { instance } = this
    if (instance === undefined) return
    this.log.state = state
    this.write({ kind: 'certified', state, decision })
    const signatures = state.certificate?.signatures ?? new Map()
    advanceInstance(instance, positionAfter(state, this.committee), signatures, state.proposer)
    for (const { from, message } of takeEarly(instance)) this.deliver(from, message)
    this.wake()
  }

  private answer(to: PeerKey, height: number): void {
    const { state } = this.log
    const decision = this.decisions.get(height)
    if (state.height < height) return
    if (decision !== undefined && (state.height === height || !this.world.prefersSnapshot()))
      this.afterWrites(() => this.world.transmit(this.key, [to], decision))
    else this.afterWrites(() => this.world.transmit(this.key, [to], { type: 'snapshot', state }))
  }

  private install(state: ToyState): void {
    if (state.certificate === undefined || state.height <= this.log.state.height) return
    if (checkCertificate(state.certificate, this.committee) !== undefined) return
    if (!equalBytes(encodeHeader(headerOf(state)), state.certificate.headerBytes)) return
    this.advance(state, undefined)
  }

  private write(write: Write): void {
    this.writes.push(write)
    this.issued++
    if (write.kind === 'certified' && write.decision !== undefined)
      this.certifiedWrites.push({ height: write.state.height, index: this.issued })
    else this.neededByVotes = this.issued
    this.world.written(this)
  }

  /** Runs `send` once what it depends on is durable, in order. A certificate is needed only two heights later. */
  private afterWrites(send: () => void): void {
    const old = this.certifiedWrites.filter(({ height }) => height <= this.log.state.height - 1)
    const needs = this.strict ? this.issued : Math.max(this.neededByVotes, ...old.map(({ index }) => index))
    this.outbox.push({ needs, run: send })
    this.release()
  }

  private release(): void {
    while (this.outbox[0] !== undefined && this.outbox[0].needs <= this.durable) this.outbox.shift()?.run()
  }

  private setTimer(): void {
    const due = this.instance && nextTickMs(this.instance)
    if (due !== undefined) this.world.timer(this, due)
  }
}
