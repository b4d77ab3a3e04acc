/**
 * A Byzantine witness as twins (Bano et al., "Twins: BFT systems made robust", 2020): two copies of the real machine with one key, each
 * talking with its own part of the honest witnesses. That alone equivocates in every message there is. Habits drawn from the seed
 * make it worse: silence, selective sending, greedy votes for everything, forgotten locks, forged and replayed messages.
 */
import { nextTickMs, receive, takeEarly, tick, wake } from '#protocol/agreement/agreement.ts'
import { advanceInstance, createInstance } from '#protocol/agreement/begin-height.ts'
import { bodiesOf } from '#protocol/agreement/bodies.ts'
import { NAMED_MAX, readContribution, sealContribution } from '#protocol/agreement/contribution.ts'
import type { AgreementEffect } from '#protocol/agreement/effects.ts'
import { inputIds, readEntry } from '#protocol/agreement/entry.ts'
import type { Instance } from '#protocol/agreement/instance.ts'
import { signPrepare, signViewChange } from '#protocol/agreement/signed-votes.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import { type Envelope, readEnvelope, seal } from '#protocol/wire/envelope.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import type { PeerKey, Signer } from '#protocol/wire/keys.ts'
import type { Random } from './random.ts'
import { DOMAIN, fatInput, makeInput, next, positionAfter, ToyLog, type ToyState, VOID } from './toy-log.ts'

export const HABITS = [
  'silent',
  'selective',
  'mute leader',
  'greedy',
  'forgets locks',
  'forges',
  'replays',
  'censors',
  'keeps bodies back',
  'void inputs',
  'runs ahead',
  'fat',
  'junk',
] as const
/** Inputs of a MiB that fat witnesses name: more than a frame holds. */
export const FAT_INPUTS = 20

export type Habit = (typeof HABITS)[number]

/** What the adversary can do and see. */
export interface Arena {
  nowMs(): number
  readonly random: Random
  transmit(from: PeerKey, to: readonly PeerKey[], message: AgreementMessage): void
  /** To the other Byzantine witnesses' copies of one side. */
  collude(from: PeerKey, side: number, message: AgreementMessage): void
  /** The part of the witnesses that copy `side` talks with. */
  sideOf(peer: PeerKey): number
  /** The furthest certified state of an honest witness of one side. */
  furthest(side: number): ToyState
  later(delayMs: number, run: () => void): void
}

export class ByzantineWitness {
  readonly key: PeerKey
  readonly habits: ReadonlySet<Habit>
  private readonly signer: Signer
  private readonly committee: Committee
  private readonly arena: Arena
  private readonly copies: Copy[]
  private readonly heard: AgreementMessage[] = []

  constructor(signer: Signer, committee: Committee, arena: Arena, habits: ReadonlySet<Habit>) {
    this.key = signer.key
    this.signer = signer
    this.committee = committee
    this.arena = arena
    this.habits = habits
    this.copies = [0, 1].map((side) => this.copy(side))
  }

  deliver(from: PeerKey, message: AgreementMessage): void {
    this.heard.push(message)
    if (this.heard.length > 60) this.heard.splice(0, 20)
    if (this.habits.has('censors') && message.type === 'contribute') return
    this.toCopy(from, this.arena.sideOf(from), message)
    if (this.arena.random.chance(10)) this.misbehave()
  }

  toCopy(from: PeerKey, side: number, message: AgreementMessage): void {
    const copy = this.copies[side]
    if (copy === undefined) return
    this.follow(copy)
    this.carryOut(copy, receive(copy.instance, from, message, this.arena.nowMs()))
    if (this.habits.has('greedy') && message.type === 'propose') this.voteForAll(copy, message)
  }

  private copy(side: number): Copy {
    const blobs = { has: () => true }
    const log = new ToyLog(this.arena.furthest(side), () => this.arena.nowMs() + 1_000 * side, blobs)
    const own = [ownInput(this.key, side)]
    if (this.habits.has('void inputs')) own.push(makeInput(`void ${side}`, VOID))
    for (const input of own) log.pending.set(input.id, input)
    return { side, log, instance: this.freshInstance(log), tickAtMs: 0 }
  }

  private freshInstance(log: ToyLog): Instance {
    return createInstance({
      domain: DOMAIN,
      signer: this.signer,
      application: log,
      position: positionAfter(log.state, this.committee),
      previousSignatures: log.state.certificate?.signatures ?? new Map(),
      lastProposer: log.state.proposer,
      recovered: { crashed: false },
      abstains: false,
    })
  }

  private follow(copy: Copy): void {
    const furthest = this.arena.furthest(copy.side)
    if (furthest.height > copy.log.state.height) this.moveTo(copy, furthest)
  }

  private moveTo(copy: Copy, state: ToyState): void {
    copy.log.state = state
    const { instance } = copy
    const signatures = state.certificate?.signatures ?? new Map()
    advanceInstance(instance, positionAfter(state, this.committee), signatures, state.proposer)
    for (const { from, message } of takeEarly(instance))
      this.carryOut(copy, receive(instance, from, message, this.arena.nowMs()))
    this.carryOut(copy, wake(instance, this.arena.nowMs()))
  }

  private carryOut(copy: Copy, effects: readonly AgreementEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.send(copy, effect.to, effect.message)
      if (effect.type === 'learned') for (const [id, body] of effect.bodies) copy.log.pending.set(id, body)
      if (effect.type === 'decided' && effect.entry.height === copy.log.state.height + 1)
        this.moveTo(copy, next(copy.log.state, effect.entry, effect.certificate))
    }
    const due = nextTickMs(copy.instance)
    if (due === undefined || (copy.tickAtMs > this.arena.nowMs() && copy.tickAtMs <= due)) return
    copy.tickAtMs = Math.max(due, this.arena.nowMs() + 1)
    this.arena.later(copy.tickAtMs - this.arena.nowMs(), () => {
      if (this.habits.has('forgets locks') && this.arena.random.chance(50)) forget(copy.instance)
      this.carryOut(copy, tick(copy.instance, this.arena.nowMs()))
    })
  }

  private send(copy: Copy, to: readonly PeerKey[], message: AgreementMessage): void {
    const { random } = this.arena
    if (this.habits.has('silent') && random.chance(85)) return
    if (this.habits.has('mute leader') && message.type === 'propose') return
    const kept = this.habits.has('keeps bodies back') && 'bodies' in message && random.chance(60)
    const spoilt = this.habits.has('forges') && 'bodies' in message && random.chance(50)
    let sent: AgreementMessage = kept ? { ...message, bodies: [] } : message
    // A body's id does not name its signature, whose bytes come last.
    if (spoilt && 'bodies' in sent) sent = { ...sent, bodies: sent.bodies.map((body) => body.with(body.length - 1, 0)) }
    if (this.habits.has('fat') && random.chance(30)) sent = this.fattened(sent)
    if (this.habits.has('junk')) sent = this.withJunk(sent)
    const mine = to.filter((peer) => this.arena.sideOf(peer) === copy.side)
    const chosen = this.habits.has('selective') ? mine.filter(() => random.chance(60)) : mine
    this.arena.transmit(this.key, chosen, sent)
    this.arena.collude(this.key, copy.side, sent)
  }

  /** Prepares, commits and signs whatever is proposed, on both sides. */
  private voteForAll(copy: Copy, message: Extract<AgreementMessage, { type: 'propose' }>): void {
    const { account, epoch, height, view } = message
    const entry = readEntry(message.entry, DOMAIN)
    if (entry === undefined || height !== copy.log.state.height + 1) return
    const bodies = new Map([...copy.log.pending, ...bodiesOf(DOMAIN, message.bodies)])
    if (inputIds(entry).some((id) => !bodies.has(id))) return
    const header = copy.log.apply(entry, bodies)
    const messagePosition = { account, epoch, height }
    const votePosition = { domain: DOMAIN, ...messagePosition }
    const all = this.committee.witnesses
    const { digest } = entry
    const signature = signPrepare(votePosition, { view, digest }, this.signer)
    this.arena.transmit(this.key, all, { type: 'prepare', ...messagePosition, view, digest, signature })
    this.arena.transmit(this.key, all, { type: 'commit', ...messagePosition, view, digest })
    if (header === undefined) return
    const headerBytes = encodeHeader(header)
    const vote = { headerBytes, signature: this.signer.sign(headerBytes) }
    this.arena.transmit(this.key, all, { type: 'header', ...messagePosition, ...vote })
  }

  private misbehave(): void {
    const { random } = this.arena
    const message = random.pick(this.heard)
    const all = this.committee.witnesses
    if (this.habits.has('replays')) this.arena.transmit(this.key, all, message)
    if (this.habits.has('forges')) this.arena.transmit(this.key, all, this.forged(message))
    if (this.habits.has('runs ahead')) this.arena.transmit(this.key, all, this.aheadOf(message))
  }

  /** `message` as if it were ours, with something changed: mostly refused, sometimes a vote for another digest. */
  private forged(message: AgreementMessage): AgreementMessage {
    const { random } = this.arena
    const votePosition = { domain: DOMAIN, account: message.account, epoch: message.epoch, height: message.height }
    switch (message.type) {
      case 'prepare': {
        const view = message.view + random.int(0, 1)
        const own = signPrepare(votePosition, { view, digest: message.digest }, this.signer)
        return { ...message, view, signature: random.chance(50) ? own : message.signature }
      }
      case 'commit':
        return { ...message, view: message.view + random.int(0, 2) }
      case 'header': {
        const headerBytes = message.headerBytes.slice()
        if (random.chance(70)) headerBytes[72 + random.int(0, 31)] = random.int(0, 255)
        return { ...message, headerBytes, signature: this.signer.sign(headerBytes) }
      }
      case 'view-change': {
        const { prepared } = message.change
        const spoilt = prepared === null ? null : { ...prepared, entry: prepared.entry.slice(random.int(0, 9)) }
        const statement = { from: this.key, view: message.change.view, prepared: random.chance(50) ? spoilt : null }
        return { ...message, change: signViewChange(votePosition, statement, this.signer) }
      }
      case 'propose':
        return random.chance(50) ? { ...message, bodies: [] } : { ...message, changes: [], view: message.view + 1 }
      case 'contribute':
        return { ...message, bodies: message.bodies.map((body) => body.with(body.length - 1, random.int(0, 255))) }
      default:
        return { ...message, height: message.height + random.int(0, 3) }
    }
  }

  /** With a contribution that also names inputs of a MiB each: as many as it may, or more than fit a frame. */
  private fattened(message: AgreementMessage): AgreementMessage {
    const { random } = this.arena
    const from = random.int(0, FAT_INPUTS - 1)
    const count = random.pick([1, 3, 4, FAT_INPUTS])
    const fat = Array.from({ length: count }, (_, i) => fatInput((from + i) % FAT_INPUTS))
    return this.withInputs(message, fat)
  }

  /** With bodies that nobody named, that are nothing or have no place in the log, and with ids named many times. */
  private withJunk(message: AgreementMessage): AgreementMessage {
    const { random } = this.arena
    if (!('bodies' in message)) return message
    const junk = [new Uint8Array(9), seal('junk', random.int(0, 9), DOMAIN, this.signer).raw, fatInput(0).raw]
    const twice = random.chance(30) ? message.bodies : []
    const sent = { ...message, bodies: [...junk, ...twice, ...message.bodies] }
    if (!random.chance(20)) return sent
    return this.withInputs(sent, random.chance(50) ? [makeInput('of no account', 'junk')] : [])
  }

  /** `message` with a contribution that names `inputs` as well, the first of them until no more fit. */
  private withInputs(message: AgreementMessage, inputs: readonly Envelope[]): AgreementMessage {
    if (message.type !== 'contribute' && message.type !== 'view-change') return message
    const envelope = message.contribution === null ? undefined : readEnvelope(message.contribution, DOMAIN)
    const contribution = envelope && readContribution(envelope, DOMAIN)
    if (contribution === undefined) return message
    const { envelope: _, ...statement } = contribution
    const ids = [...contribution.inputs, ...inputs.map(({ id }) => id)]
    const again =
      this.habits.has('junk') && ids[0] !== undefined ? Array(Math.max(0, NAMED_MAX - ids.length)).fill(ids[0]) : []
    const sealed = sealContribution({ ...statement, inputs: [...ids, ...again] }, DOMAIN, this.signer)
    const bodies = [...message.bodies, ...inputs.map(({ raw }) => raw)]
    return { ...message, contribution: sealed.envelope.raw, bodies }
  }

  /** A view change far beyond anybody's view. */
  private aheadOf({ account, epoch, height }: AgreementMessage): AgreementMessage {
    const votePosition = { domain: DOMAIN, account, epoch, height }
    const view = this.arena.random.int(1, 30)
    const change = signViewChange(votePosition, { from: this.key, view, prepared: null }, this.signer)
    return { type: 'view-change', account, epoch, height, change, contribution: null, bodies: [] }
  }
}

interface Copy {
  readonly side: number
  readonly log: ToyLog
  readonly instance: Instance
  tickAtMs: number
}

/** The input that copy `side` of `liar` wants served. */
export function ownInput(liar: PeerKey, side: number): Envelope {
  return makeInput(`own of ${liar} ${side}`)
}

/** A machine that behaves, but has lost all that it had promised. */
function forget(instance: Instance): void {
  instance.voting.prepared = undefined
  instance.voting.signed = undefined
  instance.voting.committedView = -1
  instance.voting.headerVotes.delete(instance.self)
}
