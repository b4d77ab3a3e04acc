/**
 * A deterministic fuzzer of agreement: real machines, a network that drops, doubles, delays and reorders, disks that lose what was
 * not flushed, crashes at any moment, and Byzantine witnesses. One seed is one run; nothing here reads the clock. It checks S1, S2
 * and S3 at every decision, and that every input is served soon after the faults end.
 */
import assert from 'node:assert/strict'
import { checkCertificate } from '#protocol/agreement/certificate.ts'
import { readContribution } from '#protocol/agreement/contribution.ts'
import type { AgreementEffect } from '#protocol/agreement/effects.ts'
import { inputIds } from '#protocol/agreement/entry.ts'
import { limits } from '#protocol/limits.ts'
import { type Committee, quorum } from '#protocol/membership/committee.ts'
import { type AgreementMessage, agreementMessageSchema } from '#protocol/messages/agreement.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import { type Envelope, readEnvelope } from '#protocol/wire/envelope.ts'
import { equalBytes, toHex } from '#protocol/wire/hash.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import { type PeerKey, verifySignature } from '#protocol/wire/keys.ts'
import { type Arena, ByzantineWitness, FAT_INPUTS, HABITS, type Habit, ownInput } from './byzantine.ts'
import { at, type Random, randomFrom } from './random.ts'
import { DOMAIN, fatInput, headerOf, makeInput, next, type ToyState, witnessSigners } from './toy-log.ts'
import { type Decided, type Parcel, type Surroundings, Witness } from './witness.ts'

export interface Plan {
  readonly seed: number
  readonly n: number
  readonly f: number
  /** Witnesses that lie; more than `f` of them may break safety, and are convicted. */
  readonly byzantine: number
  /** All of them have this habit; drawn if left out. */
  readonly habit?: Habit
  readonly crashes?: boolean
}

export interface Outcome {
  readonly heights: number
  /** Heights with two certified headers, possible only with more than f liars. */
  readonly forks: number
  readonly crashes: number
  /** Virtual milliseconds from the end of the faults until every input was served. */
  readonly healedMs: number
  readonly highestView: number
}

/** Inputs must be served within this virtual time after the faults end: some view timers, doubled a few times. */
const PATIENCE_MS = 120_000

/** One schedule, checked. Throws AssertionError. */
export function runSchedule(plan: Plan): Outcome {
  return new World(plan).run()
}

class World implements Surroundings, Arena {
  readonly random: Random
  private readonly plan: Plan
  private readonly committee: Committee
  private readonly honest = new Map<PeerKey, Witness>()
  private readonly liars = new Map<PeerKey, ByzantineWitness>()
  private readonly certified = new Map<number, Map<string, ReadonlyMap<PeerKey, Uint8Array>>>()
  private readonly signedHeaders = new Map<string, string>()
  private readonly contributed = new Map<string, Map<PeerKey, Set<string>>>()
  private readonly inputs: Envelope[] = []
  private readonly timers = new Map<Witness, number>()
  private readonly events = new Queue()
  private readonly healMs: number
  private readonly snapshots: number
  private readonly wire: boolean
  private readonly loss: number
  private cut: ReadonlySet<PeerKey> = new Set()
  private sides: ReadonlyMap<PeerKey, number> = new Map()
  private clockMs = 0
  private crashes = 0
  private highestView = 0

  constructor(plan: Plan) {
    this.plan = plan
    this.random = randomFrom(plan.seed)
    const { n, f } = plan
    const witnesses = witnessSigners.slice(0, n).map((signer) => signer.key)
    this.committee = { epoch: 1, witnesses, n, f, q: quorum(n, f), tolerance: 'byzantine' }
    this.healMs = this.random.int(1, 5) * 1_000
    this.snapshots = this.random.pick([0, 50, 100])
    this.wire = this.random.chance(10)
    this.loss = this.random.pick([0, 5, 20, 40])
    const strict = this.random.chance(50)
    const lying = new Set<number>()
    while (lying.size < plan.byzantine) lying.add(this.random.int(0, n - 1))
    this.reshuffle()
    if (this.split) this.splitHonest(lying)
    for (const [index, signer] of witnessSigners.slice(0, n).entries()) {
      if (!lying.has(index)) this.honest.set(signer.key, new Witness(signer, this.committee, this, strict))
    }
    const habit = plan.habit ?? this.random.pick(HABITS)
    const habits = new Set(
      this.split ? (['forgets locks', 'greedy'] as const) : [habit, this.random.pick(HABITS), this.random.pick(HABITS)],
    )
    for (const index of lying) {
      const signer = at(witnessSigners, index)
      this.liars.set(signer.key, new ByzantineWitness(signer, this.committee, this, habits))
    }
  }

  run(): Outcome {
    this.scheduleInputs()
    this.scheduleFaults()
    for (const liar of this.liars.keys()) {
      // What a liar's first copy contributes can be had; what its second one contributes never.
      for (const witness of this.honest.values()) {
        for (let i = 0; i < FAT_INPUTS; i++) witness.blobs.add(fatInput(i).id)
        witness.blobs.add(ownInput(liar, 0).id)
        if (this.split) witness.blobs.add(ownInput(liar, 1).id)
      }
    }
    let healedMs = 0
    for (;;) {
      const event = this.events.take()
      if (event === undefined) break
      this.clockMs = Math.max(this.clockMs, event.atMs)
      event.run()
      if (this.clockMs > this.healMs && this.served()) {
        healedMs = this.clockMs - this.healMs
        break
      }
      if (this.clockMs > this.healMs + (this.split ? 1_000 : PATIENCE_MS)) break
    }
    if (!this.split) assert.ok(this.served(), `unserved inputs at ${this.clockMs} ms: ${this.describe()}`)
    const forks = [...this.certified.values()].filter((headers) => headers.size > 1)
    for (const headers of forks) this.convict(headers)
    const { crashes, highestView } = this
    return { heights: this.certified.size, forks: forks.length, crashes, healedMs, highestView }
  }

  // --- what the witnesses ask for

  nowMs(): number {
    return this.clockMs
  }

  later(delayMs: number, run: () => void): void {
    this.events.put(this.clockMs + delayMs, run)
  }

  transmit(from: PeerKey, to: readonly PeerKey[], parcel: Parcel): void {
    const sender = this.honest.get(from)
    if (sender !== undefined) this.observe(sender, parcel)
    if (!isSendable(parcel)) {
      assert.equal(sender, undefined, `an honest ${parcel.type} is larger than a frame`)
      return
    }
    const sent = this.wire && parcel.type !== 'fetch' && parcel.type !== 'snapshot' ? overTheWire(parcel) : parcel
    for (const peer of to) {
      if (peer === from) continue
      const copies = this.troubled() && this.random.chance(10) ? 2 : 1
      for (let i = 0; i < copies; i++) this.carry(from, peer, sent)
    }
  }

  collude(from: PeerKey, side: number, message: AgreementMessage): void {
    for (const [key, liar] of this.liars) if (key !== from) this.later(1, () => liar.toCopy(from, side, message))
  }

  sideOf(peer: PeerKey): number {
    return this.sides.get(peer) ?? 0
  }

  furthest(side: number): ToyState {
    const states = [...this.honest.values()]
      .filter((witness) => !this.split || this.sideOf(witness.key) === side)
      .map((witness) => witness.log.state)
    const first = at([...this.honest.values()], 0).log.state
    return states.reduce((best, state) => (state.height > best.height ? state : best), states[0] ?? first)
  }

  written(witness: Witness): void {
    this.later(this.random.int(0, this.random.chance(10) ? 200 : 8), () => {
      if (witness.instance !== undefined) witness.flush()
    })
  }

  timer(witness: Witness, atMs: number): void {
    const known = this.timers.get(witness)
    if (known !== undefined && known > this.clockMs && known <= atMs) return
    const due = Math.max(atMs, this.clockMs + 1) + this.random.int(0, 3)
    this.timers.set(witness, due)
    this.events.put(due, () => witness.tick())
  }

  prefersSnapshot(): boolean {
    return this.random.chance(this.snapshots)
  }

  evidence(_: Witness, effect: Extract<AgreementEffect, { type: 'evidence' }>): void {
    const [a, b] = effect.headers
    assert.ok(!equalBytes(a.headerBytes, b.headerBytes), 'evidence of one header')
    for (const vote of [a, b]) assert.ok(verifySignature(effect.witness, vote.headerBytes, vote.signature))
    assert.ok(this.liars.has(effect.witness), 'an honest witness is accused')
  }

  // --- the properties

  decided(_: Witness, before: ToyState, { entry, bodies, certificate }: Decided): void {
    assert.equal(checkCertificate(certificate, this.committee), undefined)
    const after = next(before, entry, certificate)
    assert.ok(equalBytes(encodeHeader(headerOf(after)), certificate.headerBytes), 'S2: not what the inputs give')
    for (const id of inputIds(entry)) assert.ok(bodies.has(id), 'S2: a body is missing')
    const headers = this.certified.get(entry.height) ?? new Map<string, ReadonlyMap<PeerKey, Uint8Array>>()
    headers.set(toHex(certificate.headerBytes), certificate.signatures)
    this.certified.set(entry.height, headers)
    if (this.split) return
    assert.equal(headers.size, 1, `S1: two certified headers of height ${entry.height}`)
    this.checkComplete(entry.previous, new Set(inputIds(entry)))
  }

  /** S3: what every honest witness named in every contribution to this height is in the entry. */
  private checkComplete(previous: string, named: ReadonlySet<string>): void {
    const byWitness = [...(this.contributed.get(previous)?.values() ?? [])]
    for (const id of byWitness[0] ?? [])
      if (byWitness.every((ids) => ids.has(id))) assert.ok(named.has(id), 'S3: an input of all is left out')
  }

  /** Two certificates of one height convict at least 2q − n witnesses, and nobody who is honest. */
  private convict(headers: ReadonlyMap<string, ReadonlyMap<PeerKey, Uint8Array>>): void {
    const [a, b] = [...headers.values()]
    if (a === undefined || b === undefined) return
    const guilty = [...a.keys()].filter((peer) => b.has(peer))
    assert.ok(guilty.length >= 2 * this.committee.q - this.committee.n, 'too few are convicted')
    for (const peer of guilty) assert.ok(this.liars.has(peer), 'an honest witness is convicted')
  }

  private observe(sender: Witness, parcel: Parcel): void {
    this.highestView = Math.max(this.highestView, sender.instance?.view.number ?? 0)
    if (parcel.type === 'header') {
      const slot = `${sender.key} ${parcel.height}`
      const hex = toHex(parcel.headerBytes)
      assert.equal(this.signedHeaders.get(slot) ?? hex, hex, 'an honest witness signed two headers of one height')
      this.signedHeaders.set(slot, hex)
    }
    if (parcel.type !== 'contribute' && parcel.type !== 'view-change') return
    const envelope = parcel.contribution === null ? undefined : readEnvelope(parcel.contribution, DOMAIN)
    const contribution = envelope && readContribution(envelope, DOMAIN)
    if (contribution === undefined) return
    const byWitness = this.contributed.get(contribution.previous) ?? new Map<PeerKey, Set<string>>()
    const known = byWitness.get(sender.key)
    byWitness.set(sender.key, new Set(contribution.inputs.filter((id) => known?.has(id) ?? true)))
    this.contributed.set(contribution.previous, byWitness)
  }

  private served(): boolean {
    for (const { log, instance } of this.honest.values()) {
      if (instance === undefined || log.urgent()) return false
    }
    const { done } = this.furthest(0)
    return this.inputs.every((input) => done.has(input.id))
  }

  // --- the surroundings

  /** More liars than are tolerated: they keep the honest witnesses apart and show each part another history. */
  private get split(): boolean {
    return this.plan.byzantine > this.plan.f
  }

  private splitHonest(lying: ReadonlySet<number>): void {
    const honest = this.committee.witnesses.filter((_, index) => !lying.has(index))
    this.sides = new Map(honest.map((peer, index) => [peer, index % 2]))
    this.cut = new Set(honest.filter((peer) => this.sideOf(peer) === 1))
  }

  private troubled(): boolean {
    return this.clockMs < this.healMs
  }

  private carry(from: PeerKey, to: PeerKey, parcel: Parcel): void {
    if (this.troubled() && (this.random.chance(this.loss) || this.apart(from, to))) return
    const delayMs = this.random.int(1, this.troubled() && this.random.chance(10) ? 1_500 : 30)
    this.later(delayMs, () => {
      const liar = this.liars.get(to)
      if (liar === undefined) this.honest.get(to)?.deliver(from, parcel)
      else if (parcel.type !== 'fetch' && parcel.type !== 'snapshot') liar.deliver(from, parcel)
    })
  }

  /** True if the network is cut between the two. The liars that split the others reach everybody. */
  private apart(from: PeerKey, to: PeerKey): boolean {
    if (this.split && (this.liars.has(from) || this.liars.has(to))) return false
    return this.cut.has(from) !== this.cut.has(to)
  }

  private scheduleInputs(): void {
    const count = this.random.int(1, 5)
    const witnesses = [...this.honest.values()]
    for (let i = 0; i < count; i++) {
      const input = makeInput(`input ${i} of ${this.plan.seed % 50}`)
      this.inputs.push(input)
      const forAll = this.random.chance(50)
      const sure = this.random.pick(witnesses)
      const submitMs = this.random.int(0, this.healMs)
      for (const witness of witnesses) {
        const blobMs = this.random.chance(80) ? 0 : this.random.int(0, this.healMs)
        this.events.put(blobMs, () => {
          witness.blobs.add(input.id)
          witness.wake()
        })
        if (!forAll && witness !== sure && this.random.chance(70)) continue
        this.events.put(submitMs + this.random.int(0, 50), () => witness.submit(input))
      }
    }
  }

  private scheduleFaults(): void {
    const { random } = this
    for (let ms = 0; !this.split && ms < this.healMs; ms += random.int(100, 1_500)) {
      this.events.put(ms, () => {
        const keys = this.committee.witnesses
        this.cut = new Set(random.chance(50) ? keys.filter(() => random.chance(40)) : [])
        if (random.chance(50)) this.reshuffle()
      })
    }
    if (this.plan.crashes === false) return
    const count = random.pick([0, 0, 1, 2, 4, 8])
    for (let i = 0; i < count; i++) this.events.put(random.int(0, this.healMs - 1), () => this.crashSome())
  }

  private crashSome(): void {
    const everybody = this.random.chance(20)
    for (const witness of this.honest.values()) {
      if (witness.instance === undefined || !(everybody || this.random.chance(40))) continue
      this.crashes++
      witness.crash(this.random.int(0, witness.outstandingWrites))
      const downMs = this.random.pick([1, 50, 1_000])
      this.events.put(Math.min(this.clockMs + downMs, this.healMs), () => {
        if (witness.instance === undefined) witness.start(true)
      })
    }
  }

  private reshuffle(): void {
    this.sides = new Map(this.committee.witnesses.map((peer) => [peer, this.random.int(0, 1)]))
  }

  private describe(): string {
    const witnesses = [...this.honest.values()].map(({ key, instance, log }) =>
      JSON.stringify({
        index: this.committee.witnesses.indexOf(key),
        height: instance?.position.height,
        view: instance?.view.number,
        leastView: instance?.view.least,
        deadline: instance?.view.deadlineMs,
        resend: instance?.repeating.atMs,
        proposal: instance?.proposing.accepted?.entry.digest.slice(0, 6),
        waiting: instance?.proposing.waiting !== undefined,
        prepares: instance?.voting.prepares.size,
        committed: instance?.voting.committedView,
        signed: instance?.voting.signed !== undefined,
        headers: instance?.voting.headerVotes.size,
        changes: [...(instance?.view.changes.values() ?? [])].map((change) => change.view),
        urgent: log.urgent(),
      }),
    )
    const liars = [...this.liars].map(([key, { habits }]) => [this.committee.witnesses.indexOf(key), [...habits]])
    return `\n${witnesses.join('\n')}\nliars ${JSON.stringify(liars)}`
  }
}

/** False for a message whose attachments alone are more than a frame: no transport carries it. */
function isSendable(parcel: Parcel): boolean {
  if (!('bodies' in parcel)) return true
  const attached = 'entry' in parcel ? [parcel.entry, ...parcel.bodies] : parcel.bodies
  return attached.reduce((bytes, { length }) => bytes + length, 0) <= limits.frameBytes
}

/** What arrives after the message was encoded, decoded and checked as node/core does. */
function overTheWire(message: AgreementMessage): AgreementMessage {
  return agreementMessageSchema.parse(decode(encode(message)))
}

interface Event {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** A binary heap by time, then by order of insertion. */
class Queue {
  private readonly heap: Event[] = []
  private inserted = 0

  put(atMs: number, run: () => void): void {
    const { heap } = this
    const event = { atMs, order: this.inserted++, run }
    let i = heap.push(event) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = at(heap, parent)
      if (!sooner(event, above)) break
      heap[i] = above
      i = parent
    }
    heap[i] = event
  }

  take(): Event | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      const right = heap[child + 1]
      if (right !== undefined && sooner(right, at(heap, child))) child++
      const below = heap[child]
      if (below === undefined || !sooner(below, last)) break
      heap[i] = below
      i = child
    }
    heap[i] = last
    return first
  }
}

function sooner(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
