/** What every part of the core shares: who we are, the ledger's view, and the list that effects are put on. */
import { type Input, readInput } from '#protocol/account/inputs.ts'
import { provenEnd } from '#protocol/account/job-account.ts'
import { type AccountState, jobsAndMeta } from '#protocol/account/state.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import { dropOldest } from '#protocol/drop-oldest.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import { type Committee, drawCommittee } from '#protocol/membership/committee.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import type { Frame } from '#protocol/messages/frame.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { readEnvelope } from '#protocol/wire/envelope.ts'
import type { PeerKey, Signer, WalletKey } from '#protocol/wire/keys.ts'
import { Budgets } from './door/budgets.ts'
import { Standings } from './door/standings.ts'
import type { Effect, LedgerView, Now, Offence, StoreChange } from './effects.ts'
import { FailureDetector } from './failure-detector.ts'
import { storeKeys } from './store-keys.ts'
import {
  type ActiveMs,
  activeToMonotonic,
  asMonotonic,
  asWall,
  later,
  type MonotonicMs,
  monotonicToActive,
  type WallMs,
} from './time.ts'

/** Who this peer is, and in which network. Never changes while it runs. */
export interface Identity {
  /** Signs all that this peer says; its public key is the peer's name. */
  readonly signer: Signer
  /** Wallet that owns the peer: it is paid for the peer's work, and the peer is no witness of its accounts. */
  readonly owner: WalletKey
  /** 32 bytes that every signature covers, so that it counts in one network only. */
  readonly domain: Uint8Array
  readonly networkId: string
}

/** Signed inputs that leave together at the end of the step. */
interface Said {
  readonly to: readonly PeerKey[]
  readonly inputs: Uint8Array[]
  readonly lane: string
}

/** One per peer; every part holds it, and none but `PeerCore` sets its clock and its effects. */
export class Context {
  readonly identity: Identity
  /** Answers from memory; it may change between two steps, never within one. */
  readonly ledger: LedgerView
  /** Bytes from the driver's source of randomness. */
  readonly random: (length: number) => Uint8Array
  /** Both clocks at the present step, as the driver gave them; by type: {@link wallMs} and {@link monotonicMs}. */
  now: Now = { wallMs: 0, monotonicMs: 0 }
  /** Time in which this peer was slower to act than it wanted to be, in all. Only the stall detector adds to it. */
  stalledMs = 0
  /** What each connection may cost. */
  readonly budgets: Budgets
  /** How much each peer is trusted with. */
  readonly standings: Standings
  /** How regularly others renew their leases, over all accounts. */
  readonly failureDetector = new FailureDetector()
  /** What the present step has asked for so far, in order. A new list at each step. */
  effects: Effect[] = []
  /** Frames to ourselves: handled in the same step, after the present one. */
  readonly loopback: Frame[] = []
  /** By lane and receivers; empty between two steps. */
  readonly #said = new Map<string, Said>()
  /** Drawn committees, by epoch, account and owner: at most {@link COMMITTEES_CACHED}, of one registry. */
  readonly #committees = new Map<string, Committee>()
  /** The newest registry when the committees were drawn: another one may know other epochs. */
  #committeesOf: RegistryView | undefined
  /** Job account → its owner, as far as this peer has seen it: at most {@link OWNERS_KNOWN}, the oldest goes first. */
  readonly #owners = new Map<WalletKey, WalletKey>()

  constructor(parts: { identity: Identity; ledger: LedgerView; random: (length: number) => Uint8Array }) {
    this.identity = parts.identity
    this.ledger = parts.ledger
    this.random = parts.random
    const now = (): MonotonicMs => this.monotonicMs
    this.budgets = new Budgets(this.self, now)
    const registry = (): RegistryView | undefined => this.ledger.registry()
    this.standings = new Standings({ self: this.self, now, registry, emit: (effect) => this.effects.push(effect) })
  }

  get wallMs(): WallMs {
    return asWall(this.now.wallMs)
  }

  get monotonicMs(): MonotonicMs {
    return asMonotonic(this.now.monotonicMs)
  }

  /** Monotonic time without this peer's own stalls: what the silence of others is measured by. */
  get activeMs(): ActiveMs {
    return monotonicToActive(this.monotonicMs, this.stalledMs)
  }

  /** When the driver's timer must go off for what is due at `at`, if this peer does not stall until then. */
  timerFor(at: ActiveMs): MonotonicMs {
    return activeToMonotonic(at, this.stalledMs)
  }

  /** This peer's name. */
  get self(): PeerKey {
    return this.identity.signer.key
  }

  /** Sends a frame to each of `to`; what goes to ourselves is handled in this step. */
  send(to: readonly PeerKey[], frame: Frame, options: { channel?: 'control' | 'bulk'; lane?: string } = {}): void {
    const { channel = 'control', lane } = options
    for (const peer of to) {
      if (peer === this.self) this.loopback.push(frame)
      else this.effects.push({ type: 'send', to: peer, channel, frame, ...(lane === undefined ? {} : { lane }) })
    }
  }

  /** Signed inputs for `to`: what one step says to the same witnesses in one lane goes out together, at its end. */
  say(to: readonly PeerKey[], inputs: readonly Uint8Array[], lane = ''): void {
    const name = `${lane} ${to.join()}`
    const said = this.#said.get(name)
    if (said === undefined) this.#said.set(name, { to, inputs: [...inputs], lane })
    else said.inputs.push(...inputs)
  }

  /** Sends what was said since the last time. */
  flush(): void {
    for (const { to, inputs, lane } of this.#said.values()) {
      for (const part of inFrames(inputs)) {
        this.send(to, { type: 'inputs', inputs: part }, lane === '' ? {} : { lane })
      }
    }
    this.#said.clear()
  }

  /** Reports what no honest peer does. Returns nothing, for whoever answers with it. */
  offence(peer: PeerKey, offence: Offence): undefined {
    if (peer !== this.self) this.effects.push({ type: 'offence', peer, offence })
  }

  /** Hands a certified state's totals to this peer's ledger, with what claims and a job account's end need. */
  tellLedger(state: AccountState, { header, signatures }: Certificate): void {
    const { totals } = state
    const proofs = { jobsAndMeta: jobsAndMeta(state), end: provenEnd(state) }
    this.effects.push({ type: 'ledger', header, totals, signatures, ...proofs })
  }

  /** Writes a record that is forgotten after `forMs`. */
  keep(record: { key: string; value: Uint8Array; forMs: number }, options: { durable: boolean; lane?: string }): void {
    const { key, value, forMs } = record
    const index = storeKeys.expiry(later(this.wallMs, forMs), key)
    this.write(
      [
        { put: key, value },
        { put: index, value: new Uint8Array() },
      ],
      options,
    )
  }

  /** All of `changes` or none. What follows in the same lane waits until durable ones are on the disk. */
  write(changes: readonly StoreChange[], options: { durable: boolean; lane?: string }): void {
    this.effects.push({ type: 'write', changes, ...options })
  }

  /** `message` is fixed; what varies is in `fields`. Nothing secret. */
  log(level: 'debug' | 'info' | 'warn' | 'error', fields: Record<string, unknown>, message: string): void {
    this.effects.push({ type: 'log', level, fields, message })
  }

  /** The signed statement in `raw`; `undefined` if it is none. Its signature is not verified yet. */
  envelope(raw: Uint8Array): Envelope | undefined {
    return readEnvelope(raw, this.identity.domain)
  }

  /**
   * The input that `envelope` carries, its signature verified; `undefined` if it is none, or its signer may not say so.
   */
  input(envelope: Envelope): Input | undefined {
    const input = readInput(envelope, this.identity.domain)
    if (input?.kind === 'job') this.learn(input.spec)
    return input
  }

  /** Whose account a job's own account is: the job shows it, and whoever is asked for its witnesses must know. */
  learn({ account, owner }: Pick<JobSpec, 'account' | 'owner'>): void {
    if (owner === undefined || this.#owners.has(account)) return
    this.#owners.set(account, owner)
    dropOldest(this.#owners, OWNERS_KNOWN)
  }

  /** False if `account` may be a job's own account whose owner this peer has not seen. */
  knowsOwner(account: WalletKey): boolean {
    return this.#owners.has(account) || this.ledger.ownerOf?.(account) !== undefined
  }

  /**
   * The committee of `account` in the newest registry, or in that of `epoch`; `undefined` if the registry is not known.
   */
  committee(account: WalletKey, epoch?: number): Committee | undefined {
    const newest = this.ledger.registry()
    const view = epoch === undefined ? newest : this.ledger.registryAt(epoch)
    if (view === undefined) return undefined
    if (this.#committeesOf !== newest) {
      this.#committees.clear()
      this.#committeesOf = newest
    }
    const owner = this.#owners.get(account) ?? this.ledger.ownerOf?.(account) ?? account
    const name = `${view.epoch}/${account}/${owner}`
    const known = this.#committees.get(name)
    if (known !== undefined) return known
    const drawn = drawCommittee(view, account, owner)
    if (this.#committees.size > COMMITTEES_CACHED) this.#committees.clear()
    this.#committees.set(name, drawn)
    return drawn
  }
}

const COMMITTEES_CACHED = 4_096
/** As many as there are logs that a peer may keep, and as many that its users follow. */
const OWNERS_KNOWN = 2 * limits.accountsServed

/** Splits inputs into frames: by number, and by bytes, so that none is larger than its type may be. */
function inFrames(inputs: readonly Uint8Array[]): Uint8Array[][] {
  const frames: Uint8Array[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const input of inputs) {
    const last = frames.at(-1)
    if (last !== undefined && last.length < limits.inputsPerEntry && bytes < limits.comparableOutputBytes) {
      last.push(input)
      bytes += input.length
    } else {
      frames.push([input])
      bytes = input.length
    }
  }
  return frames
}
