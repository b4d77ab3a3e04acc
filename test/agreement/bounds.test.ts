/** What one witness may put into a log, by count and bytes, so that the largest messages of agreement fit a frame. */
import assert from 'node:assert/strict'
import { nextTickMs, receive, tick, wake } from '#protocol/agreement/agreement.ts'
import { createInstance } from '#protocol/agreement/begin-height.ts'
import { bytesOf, frameBytesOf, NAMED_BYTES_MAX } from '#protocol/agreement/bounds.ts'
import { NAMED_MAX, sealContribution } from '#protocol/agreement/contribution.ts'
import type { AgreementEffect } from '#protocol/agreement/effects.ts'
import { inputIds } from '#protocol/agreement/entry.ts'
import type { Instance } from '#protocol/agreement/instance.ts'
import { signViewChange } from '#protocol/agreement/signed-votes.ts'
import { limits } from '#protocol/limits.ts'
import { type Committee, quorum } from '#protocol/membership/committee.ts'
import type { AgreementMessage, AgreementMessageOf, ViewChange } from '#protocol/messages/agreement.ts'
import { encodeFrame } from '#protocol/messages/frame.ts'
import { encode } from '#protocol/wire/canonical.ts'
import { type Envelope, seal } from '#protocol/wire/envelope.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { at } from './random.ts'
import {
  DOMAIN,
  fatInput,
  GENESIS,
  INPUT,
  makeInput,
  OFFER,
  positionAfter,
  ToyLog,
  wallet,
  witnessSigners,
} from './toy-log.ts'

const signers = witnessSigners.slice(0, 4)
const committee: Committee = {
  epoch: 1,
  witnesses: signers.map((signer) => signer.key),
  n: 4,
  f: 1,
  q: 3,
  tolerance: 'byzantine',
}
const liar = at(signers, 3)
const messagePosition = { account: wallet.key, epoch: 1, height: 1 }

describe('the bounds of a contribution', function () {
  this.timeout(120_000)

  it('let the largest proposal, view change and decision fit one frame', () => {
    const q = quorum(7, 2)
    const signature = new Uint8Array(64)
    const votes = at(signers, 0).key
    const statement = new Uint8Array(limits.contributionStatementBytes)
    const signed: [string, Uint8Array][] = Array.from({ length: 7 }, () => [votes, signature])
    const head = [votes, 1, limits.heightMax, '0'.repeat(64), votes]
    const entry = encode([...head, Array.from({ length: q }, () => statement), signed])
    const each = new Uint8Array(Math.floor(NAMED_BYTES_MAX / NAMED_MAX))
    const bodies = Array.from({ length: q * NAMED_MAX }, () => each)
    const prepared = { view: limits.viewMax, digest: '0'.repeat(64), prepares: signed, entry }
    const change = { from: votes, view: limits.viewMax, prepared, signature }
    const bare: ViewChange = { ...change, prepared: { ...prepared, entry: new Uint8Array() } }
    const changes = Array.from({ length: q }, () => bare)
    const largest: AgreementMessage[] = [
      { type: 'propose', ...messagePosition, view: limits.viewMax, entry, bodies, changes },
      { type: 'view-change', ...messagePosition, change, contribution: null, bodies },
      { type: 'decision', ...messagePosition, certificate: new Uint8Array(1_024), entry, bodies },
    ]
    for (const message of largest) {
      const bytes = encodeFrame({ type: 'agreement', message }).length
      assert.ok(bytes <= limits.frameBytes, `${message.type}: ${bytes} bytes`)
      assert.ok(bytes <= frameBytesOf(message) + 64, 'frameBytesOf says less than a frame takes')
    }
  })

  it('are held where a contribution arrives', () => {
    const named = (inputs: readonly Envelope[], ids = inputs.map(({ id }) => id)): boolean => {
      const { instance } = leader()
      receive(instance, liar.key, contributeOf(inputs, ids), 1)
      return instance.collecting.contributions.has(liar.key)
    }
    const small = Array.from({ length: limits.inputsPerEntry }, (_, i) => makeInput(`small ${i}`))
    const offers = Array.from({ length: 2 * limits.offersPerContribution }, (_, i) => makeInput(`offer ${i}`, OFFER))
    assert.ok(named([fatInput(0), fatInput(1)]))
    assert.ok(!named([0, 1, 2, 3].map(fatInput)), 'more bytes than it may name')
    assert.ok(named([...small, ...offers]))
    assert.ok(!named([...small, ...offers.slice(1), makeInput('one too many')]), 'an input in the room of an offer')
    assert.ok(!named([seal(OFFER, { pad: new Uint8Array(limits.offerBytes) }, DOMAIN, wallet)]), 'too large an offer')
    assert.ok(!named([makeInput('of no account', 'junk')]), 'what has no place in this log')
    const one = at(small, 0)
    assert.ok(named([one], Array(NAMED_MAX).fill(one.id)), 'named twice counts once')
  })

  it('keep nothing that the contribution does not name', () => {
    const { instance } = leader()
    const input = makeInput('named')
    const message = contributeOf([input])
    const extra = [makeInput('unnamed').raw, fatInput(0).raw]
    receive(instance, liar.key, { ...message, bodies: [...extra, ...message.bodies] }, 1)
    assert.deepEqual([...(instance.collecting.bodies.get(liar.key)?.keys() ?? [])], [input.id])
    const change = signViewChange(
      { domain: DOMAIN, ...messagePosition },
      { from: liar.key, view: 4, prepared: null },
      liar,
    )
    const { contribution } = contributeOf([])
    const bodies = Array.from({ length: 16 }, (_, i) => fatInput(i).raw)
    const effects = receive(
      instance,
      liar.key,
      { type: 'view-change', ...messagePosition, change, contribution, bodies },
      2,
    )
    assert.ok(!effects.some(({ type }) => type === 'learned'))
    assert.ok(heldBytes(instance) < 64 * 1_024, `${heldBytes(instance)} bytes`)
  })

  it('bound what early messages of one witness take', () => {
    const { instance } = leader()
    for (let i = 0; i < 50; i++) {
      const bodies = [seal(INPUT, { i, pad: new Uint8Array(200_000) }, DOMAIN, wallet).raw]
      const { contribution } = contributeOf([])
      const change = signViewChange(
        { domain: DOMAIN, ...messagePosition },
        { from: liar.key, view: 1, prepared: null },
        liar,
      )
      const messages: AgreementMessage[] = [
        { type: 'contribute', ...messagePosition, contribution, bodies },
        { type: 'propose', ...messagePosition, view: 0, entry: new Uint8Array(200_000), bodies, changes: [] },
        {
          type: 'decision',
          ...messagePosition,
          certificate: new Uint8Array(900_000),
          entry: new Uint8Array(),
          bodies: [],
        },
        { type: 'view-change', ...messagePosition, change, contribution: new Uint8Array(900_000), bodies: [] },
      ]
      for (const message of messages) receive(instance, liar.key, { ...message, height: 2 }, i)
    }
    const early = [...instance.early.values()].flat().reduce((bytes, message) => bytes + frameBytesOf(message), 0)
    assert.ok(early > 0 && early <= limits.earlyBytesPerWitness, `${early} bytes`)
  })

  it('let one witness with fat contributions neither stop a log nor hold it up for two view times', () => {
    for (const count of [1, 3, 16]) {
      const world = new Four()
      world.flood(count)
      const entry = world.decide(makeInput('honest'))
      assert.ok(world.nowMs < 2 * limits.viewTimerMs, `${world.nowMs} ms with ${count} inputs of a MiB`)
      assert.ok(inputIds(entry).includes(makeInput('honest').id), 'S3')
    }
  })

  it('make contributions take turns, whatever they weigh', () => {
    const chosen = new Set<PeerKey>()
    for (const proposal of [proposalOf([3, 0]), proposalOf([0, 3])]) for (const signer of proposal) chosen.add(signer)
    // What f + 1 name comes first, though another one names more.
    const vouched = makeInput('vouched')
    const signersOf = proposalOf([3, 1], vouched)
    assert.ok(signersOf.includes(at(signers, 1).key))
    assert.equal(signersOf.length, committee.q)
    assert.ok(chosen.size >= committee.q)
  })
})

/** The contributors of a leader's entry where witness 3 names `fat` and the others `shared`. */
function proposalOf([fat, lean]: readonly [number, number], shared?: Envelope): PeerKey[] {
  const { instance } = leader()
  const out: AgreementEffect[] = []
  const inputs = (count: number) => Array.from({ length: count }, (_, i) => fatInput(i))
  const rest = shared === undefined ? [] : [shared]
  instance.collecting.asked = true
  for (const [i, count] of [
    [3, fat],
    [1, lean],
    [2, 0],
  ] as const) {
    const named = i === 3 ? inputs(count) : [...rest]
    out.push(...receive(instance, at(signers, i).key, contributeOf(named, undefined, i), 1))
  }
  const proposed = out.find((effect) => effect.type === 'send' && effect.message.type === 'propose')
  assert.ok(proposed !== undefined)
  return instance.proposing.accepted?.entry.contributions.map(({ envelope }) => envelope.signer) ?? []
}

function leader(index = 0): { instance: Instance; log: ToyLog } {
  const log = new ToyLog(GENESIS, () => 1, { has: () => true })
  const instance = createInstance({
    domain: DOMAIN,
    signer: at(signers, index),
    application: log,
    position: positionAfter(GENESIS, committee),
    previousSignatures: new Map(),
    lastProposer: undefined,
    recovered: { crashed: false },
    abstains: false,
  })
  return { instance, log }
}

function contributeOf(
  inputs: readonly Envelope[],
  ids: readonly string[] = inputs.map(({ id }) => id),
  by = 3,
): AgreementMessageOf<'contribute'> {
  const statement = {
    ...messagePosition,
    previous: '',
    clockMs: 1,
    funds: null,
    ledgerEpoch: 1,
    inputs: ids,
    overdue: [],
  }
  const contribution = sealContribution(statement, DOMAIN, at(signers, by)).envelope.raw
  return { type: 'contribute', ...messagePosition, contribution, bodies: inputs.map(({ raw }) => raw) }
}

/** Bytes of all that a machine keeps of the others, shared ones as often as they are kept. */
function heldBytes({ early, collecting, proposing }: Instance): number {
  let bytes = 0
  for (const message of [...early.values()].flat()) bytes += frameBytesOf(message)
  for (const { envelope } of collecting.contributions.values()) bytes += envelope.raw.length
  for (const bodies of collecting.bodies.values()) bytes += bytesOf(bodies)
  for (const lock of collecting.locks.values()) bytes += bytesOf(lock.bodies)
  for (const { entry, bodies } of proposing.known.values()) bytes += entry.raw.length + bytesOf(bodies)
  return bytes
}

/** Three honest witnesses, and a fourth that floods them; a network of 5 ms that carries no more than a frame. */
class Four {
  nowMs = 0
  #fat = 0
  readonly #machines = [0, 1, 2].map(leader)
  #queue: { atMs: number; to: number; from: PeerKey; message: AgreementMessage }[] = []
  #entry: ReturnType<typeof entryOfEffect>

  /** Three frames to each, as often as a leader may change: what it names is in part in the frame before. */
  flood(count: number): void {
    this.#fat = count
    for (const to of [0, 1, 2]) {
      const first = Array.from({ length: count }, (_, i) => fatInput(i))
      const second = Array.from({ length: Math.min(count, 4) }, (_, i) => fatInput(count + i))
      const view = to === 0 ? 4 : to
      const change = signViewChange(
        { domain: DOMAIN, ...messagePosition },
        { from: liar.key, view, prepared: null },
        liar,
      )
      const { contribution } = contributeOf(first)
      const bodies = first.map(({ raw }) => raw)
      this.#send(liar.key, [to], { type: 'view-change', ...messagePosition, change, contribution, bodies })
      const all = contributeOf([...first, ...second])
      this.#send(liar.key, [to], { ...all, bodies: second.map(({ raw }) => raw) })
    }
  }

  /** Runs until each honest witness has decided the first height. */
  decide(input: Envelope) {
    for (const { instance, log } of this.#machines) {
      log.pending.set(input.id, input)
      this.#carryOut(instance, wake(instance, this.nowMs))
    }
    while (this.#entry === undefined && this.nowMs < 5_000) {
      this.nowMs += 5
      if (this.nowMs % 100 === 0) this.flood(this.#fat)
      const due = this.#queue.filter(({ atMs }) => atMs <= this.nowMs)
      this.#queue = this.#queue.filter(({ atMs }) => atMs > this.nowMs)
      for (const { to, from, message } of due) {
        const { instance } = at(this.#machines, to)
        this.#carryOut(instance, receive(instance, from, message, this.nowMs))
      }
      for (const { instance } of this.#machines) {
        if ((nextTickMs(instance) ?? Number.POSITIVE_INFINITY) <= this.nowMs)
          this.#carryOut(instance, tick(instance, this.nowMs))
      }
    }
    assert.ok(this.#entry !== undefined, 'the log stands still')
    return this.#entry
  }

  #carryOut(instance: Instance, effects: readonly AgreementEffect[]): void {
    for (const effect of effects) {
      this.#entry ??= entryOfEffect(effect)
      if (effect.type !== 'send') continue
      const to = effect.to.map((peer) => signers.findIndex(({ key }) => key === peer)).filter((i) => i < 3)
      this.#send(instance.self, to, effect.message)
    }
  }

  #send(from: PeerKey, to: readonly number[], message: AgreementMessage): void {
    if (encodeFrame({ type: 'agreement', message }).length > limits.frameBytes) return
    for (const each of to) this.#queue.push({ atMs: this.nowMs + 5, to: each, from, message })
  }
}

function entryOfEffect(effect: AgreementEffect) {
  return effect.type === 'decided' ? effect.entry : undefined
}
