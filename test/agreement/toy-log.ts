/** The smallest log that agreement can serve: its state is a hash chain over the union of the inputs. */
import type { Application } from '#protocol/agreement/application.ts'
import { type Certificate, encodeCertificate } from '#protocol/agreement/certificate.ts'
import { type Bodies, type Entry, inputIds, type Position } from '#protocol/agreement/entry.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { AgreementMessageOf } from '#protocol/messages/agreement.ts'
import { type Envelope, seal, verifyEnvelope } from '#protocol/wire/envelope.ts'
import { fromHex, sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { encodeHeader, type Header, networkDomain, RULES_VERSION } from '#protocol/wire/header.ts'
import { type PeerKey, type Signer, signerFromSeed } from '#protocol/wire/keys.ts'

export const DOMAIN = networkDomain('toy')
export const INPUT = 'toy-input'
/** What any log takes beside its inputs. */
export const OFFER = 'toy-offer'
/** An input that voids every entry that names it. */
export const VOID = 'toy-void'
export const wallet: Signer = signerFromSeed(sha256(utf8('toy wallet')))
export const witnessSigners: readonly Signer[] = Array.from({ length: 8 }, (_, i) =>
  signerFromSeed(sha256(utf8(`toy witness ${i}`))),
)

/** A certified state, and how it came about. */
export interface ToyState {
  readonly height: number
  readonly timeMs: number
  readonly root: Uint8Array
  readonly done: ReadonlySet<string>
  readonly proposer: PeerKey | undefined
  readonly certificate: Certificate | undefined
}

export const GENESIS: ToyState = {
  height: 0,
  timeMs: 0,
  root: new Uint8Array(32),
  done: new Set(),
  proposer: undefined,
  certificate: undefined,
}

export interface Blobs {
  /** True once what `id` refers to is here. */
  has(id: string): boolean
}

/** One witness's log: its certified state and what waits to be served. */
export class ToyLog implements Application {
  state: ToyState
  readonly pending = new Map<string, Envelope>()
  private readonly now: () => number
  private readonly blobs: Blobs

  constructor(state: ToyState, now: () => number, blobs: Blobs) {
    this.state = state
    this.now = now
    this.blobs = blobs
  }

  contribute(): ReturnType<Application['contribute']> {
    const bodies = this.servable()
    const draft = { clockMs: this.now(), funds: null, ledgerEpoch: 1, inputs: [...bodies.keys()], overdue: [] }
    return { draft, bodies }
  }

  urgent(): boolean {
    return [...this.servable().values()].some((body) => body.kind === INPUT)
  }

  private servable(): Map<string, Envelope> {
    return new Map([...this.pending].filter(([id]) => !this.state.done.has(id) && this.blobs.has(id)))
  }

  apply(entry: Entry, bodies: Bodies): Header | undefined {
    for (const id of inputIds(entry)) {
      const body = bodies.get(id)
      if (body === undefined || body.kind === VOID || !verifyEnvelope(body, DOMAIN)) return undefined
    }
    return headerOf(next(this.state, entry, undefined))
  }

  kindOf({ kind }: Envelope): ReturnType<Application['kindOf']> {
    if (kind === OFFER) return 'offer'
    return kind === INPUT || kind === VOID ? 'input' : undefined
  }

  body(id: string): Envelope | undefined {
    return this.pending.get(id)
  }

  ready(entry: Entry): boolean {
    return inputIds(entry).every((id) => this.blobs.has(id))
  }
}

/** The state after `entry`. */
export function next(state: ToyState, entry: Entry, certificate: Certificate | undefined): ToyState {
  const fresh = inputIds(entry).filter((id) => !state.done.has(id))
  const clocks = entry.contributions.map(({ clockMs }) => clockMs).sort((a, b) => a - b)
  return {
    height: state.height + 1,
    timeMs: Math.max(state.timeMs, clocks[Math.floor((clocks.length - 1) / 2)] ?? 0),
    root: sha256(state.root, utf8(fresh.join(',')), fromHex(entry.digest)),
    done: new Set([...state.done, ...fresh]),
    proposer: entry.proposer,
    certificate,
  }
}

export function headerOf(state: ToyState): Header {
  return {
    domain: DOMAIN,
    account: wallet.key,
    stateRoot: state.root,
    epoch: 1,
    height: state.height,
    timeMs: state.timeMs,
    spent: 0n,
    reserved: 0n,
    lastSeq: state.done.size,
    rulesVersion: RULES_VERSION,
    sealed: false,
  }
}

/** Where the entry after `state` must fit. */
export function positionAfter(state: ToyState, committee: Committee): Position {
  const headerBytes = state.height === 0 ? undefined : encodeHeader(headerOf(state))
  return {
    account: wallet.key,
    height: state.height + 1,
    previous: headerBytes === undefined ? '' : toHex(sha256(headerBytes)),
    committee,
    before: headerBytes === undefined ? undefined : { headerBytes, committee },
  }
}

export function makeInput(name: string, kind: string = INPUT): Envelope {
  return seal(kind, { name }, DOMAIN, wallet)
}

/** An input whose bytes are a MiB and some more. The same object for the same number: it is sealed once. */
export function fatInput(i: number): Envelope {
  const known = fatInputs.get(i)
  if (known !== undefined) return known
  const made = seal(INPUT, { name: `fat ${i}`, pad: new Uint8Array(1024 * 1024) }, DOMAIN, wallet)
  fatInputs.set(i, made)
  return made
}

const fatInputs = new Map<number, Envelope>()

export function decisionOf(entry: Entry, bodies: Bodies, certificate: Certificate): AgreementMessageOf<'decision'> {
  return {
    type: 'decision',
    account: wallet.key,
    epoch: 1,
    height: entry.height,
    certificate: encodeCertificate(certificate),
    entry: entry.raw,
    bodies: [...bodies.values()].map((body) => body.raw),
  }
}
