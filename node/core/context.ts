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
import type { Effect, LedgerView, Now, StoreChange } from './effects.ts'
import { FailureDetector } from './failure-detector.ts'
import { storeKeys } from './store-keys.ts'

export interface Identity {
  readonly signer: Signer
  readonly owner: WalletKey
  readonly domain: Uint8Array
  readonly networkId: string
}

export class Context {
  readonly identity: Identity
  readonly ledger: LedgerView
  readonly random: (length: number) => Uint8Array
  now: Now = { wallMs: 0, monotonicMs: 0 }
  /** Time in which this peer was slower to act than it wanted to be: what it missed then is not the others' silence. */
  stalledMs = 0
  /** How regularly others renew their leases. */
  readonly failureDetector = new FailureDetector()
  effects: Effect[] = []
  /** Frames to ourselves: handled in the same step, after the present one. */
  readonly loopback: Frame[] = []
  readonly #said = new Map<
    string,
    { readonly to: readonly PeerKey[]; readonly inputs: Uint8Array[]; readonly lane: string }
  >()
  readonly #committees = new Map<string, Committee>()
  #committeesOf: RegistryView | undefined
  readonly #owners = new Map<WalletKey, WalletKey>()

  constructor(parts: { identity: Identity; ledger: LedgerView; random: (length: number) => Uint8Array }) {
    this.identity = parts.identity
    this.ledger = parts.ledger
    this.random = parts.random
  }

  /** Monotonic time without this peer's own stalls: what the silence of others is measured by. */
  get activeMs(): number {
    return this.now.monotonicMs - this.stalledMs
  }

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

  /** Signed inputs for `to`: all that one step says to the same witnesses goes out together, at its end. */
  say(to: readonly PeerKey[], inputs: readonly Uint8Array[], lane = ''): void {
    const name = `${lane} ${to.join()}`
    const said = this.#said.get(name)
    if (said === undefined) this.#said.set(name, { to, inputs: [...inputs], lane })
    else said.inputs.push(...inputs)
  }

  /** Sends what was said since the last time. */
  flush(): void {
    for (const { to, inputs, lane } of this.#said.values()) {
      for (let i = 0; i < inputs.length; i += limits.inputsPerEntry) {
        const frame = { type: 'inputs' as const, inputs: inputs.slice(i, i + limits.inputsPerEntry) }
        this.send(to, frame, lane === '' ? {} : { lane })
      }
    }
    this.#said.clear()
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
    const index = storeKeys.expiry(this.now.wallMs + forMs, key)
    this.write(
      [
        { put: key, value },
        { put: index, value: new Uint8Array() },
      ],
      options,
    )
  }

  write(changes: readonly StoreChange[], options: { durable: boolean; lane?: string }): void {
    this.effects.push({ type: 'write', changes, ...options })
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', fields: Record<string, unknown>, message: string): void {
    this.effects.push({ type: 'log', level, fields, message })
  }

  envelope(raw: Uint8Array): Envelope | undefined {
    return readEnvelope(raw, this.identity.domain)
  }

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

  /** The committee of `account` in the newest registry, or in that of `epoch`; `undefined` if the registry is not known. */
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
