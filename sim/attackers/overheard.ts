/**
 * What every attacker that floods begins with: what it overhears, so that its junk is about accounts, jobs and blobs
 * that exist, and a pace, so that the simulator stays fast.
 */
import type { Effect, Event, Now } from '#node/core/effects.ts'
import { accountOf, readInput } from '#protocol/account/inputs.ts'
import { dropOldest } from '#protocol/drop-oldest.ts'
import { decodeFrame, type Frame } from '#protocol/messages/frame.ts'
import { type Envelope, readEnvelope } from '#protocol/wire/envelope.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Chance } from '../world/random.ts'

/** Of each kind, the newest. */
const KEPT = 128
/** A victim is flooded for this time, then the next one: what one peer gets of it is not thinned out. */
const VICTIM_MS = 1_000

/** What passed an attacker by: all of it public, nothing of it checked. */
export class Overheard {
  /** Where the logs stand whose agreement it takes part in, by account. */
  readonly heights = new Map<WalletKey, { readonly epoch: number; readonly height: number }>()
  /** Account of each job, by the job's id. */
  readonly jobs = new Map<string, WalletKey>()
  /** Names of blobs that somebody has. */
  readonly cids = new Set<string>()
  /** Receipts, as they came. */
  readonly receipts = new Set<Uint8Array>()
  /** Who showed last that it keeps a log, by a message of agreement or a receipt. */
  witness: PeerKey | undefined
  /** Signed inputs that came since they were taken away: see {@link takeInputs}. */
  #inputs: Envelope[] = []
  readonly #domain: Uint8Array

  constructor(domain: Uint8Array) {
    this.#domain = domain
  }

  /** Listens; returns the event as it is, so that it can stand for a behaviour's `hear`. */
  hear(event: Event): Event {
    const frame = event.type === 'message' ? decodeFrame(event.bytes) : undefined
    if (event.type === 'message' && (frame?.type === 'agreement' || frame?.type === 'receipt'))
      this.witness = event.from
    if (frame?.type === 'agreement') {
      const { account, epoch, height } = frame.message
      if (height >= (this.heights.get(account)?.height ?? 0)) this.heights.set(account, { epoch, height })
    }
    if (frame?.type === 'receipt') this.receipts.add(frame.receipt)
    if (frame?.type === 'inputs') for (const raw of frame.inputs) this.#hearInput(raw)
    for (const kept of [this.heights, this.jobs, this.cids, this.receipts]) dropOldest<unknown>(kept, KEPT)
    return event
  }

  /** The signed inputs that came since the last call. */
  takeInputs(): readonly Envelope[] {
    return this.#inputs.splice(0)
  }

  #hearInput(raw: Uint8Array): void {
    const envelope = readEnvelope(raw, this.#domain)
    const input = envelope && readInput(envelope, this.#domain)
    const account = input && accountOf(input)
    if (envelope === undefined || account === undefined) return
    if (this.#inputs.length < KEPT) this.#inputs.push(envelope)
    if (input?.kind === 'job') this.jobs.set(envelope.id, account)
    if (input?.kind !== 'result') return
    for (const cid of [input.statement.output, input.statement.logs]) if (cid !== '') this.cids.add(cid)
  }
}

/** True once every `everyMs` milliseconds, `times` times in all; asked with the times of the attacker's steps. */
export function paced({ everyMs, times }: { everyMs: number; times: number }): (now: Now) => boolean {
  let left = times
  let nextMs = 0
  return ({ monotonicMs }) => {
    if (left === 0 || monotonicMs < nextMs) return false
    left--
    nextMs = monotonicMs + everyMs
    return true
  }
}

/** `frame` to each of `to`: encoded once. */
export function toEach(to: readonly PeerKey[], frame: Frame): Effect[] {
  return to.map((peer): Effect => ({ type: 'send', to: peer, channel: 'control', frame }))
}

/** Whose turn it is to be flooded; the same for all of a second. */
export function victimOf(others: readonly PeerKey[], { monotonicMs }: Now): readonly PeerKey[] {
  const victim = others[Math.floor(monotonicMs / VICTIM_MS) % Math.max(1, others.length)]
  return victim === undefined ? [] : [victim]
}

/** One of `all`, or `otherwise` if there is none. */
export function anyOf<T>(chance: Chance, all: Iterable<T>, otherwise: T): T {
  const list = [...all]
  return list.length === 0 ? otherwise : chance.pick(list)
}

/** Bytes that are no frame of this protocol, though a decoder has to read all of them to know. */
export function noFrame(bytes: Uint8Array): Frame {
  return { type: 'junk', bytes } as unknown as Frame
}
