/**
 * What a witness does on chain: keeps its seats, turns the crank when an epoch is over, convicts equivocators, takes
 * rent back.
 */
import type { TransactionInstruction } from '@solana/web3.js'
import { type Keypair, PublicKey } from '@solana/web3.js'
import { z } from 'zod'
import { atMost } from '#node/ports/at-most.ts'
import type { Clock } from '#node/ports/clock.ts'
import type { Log } from '#node/ports/log.ts'
import type { Store } from '#node/ports/store.ts'
import { verifyEach } from '#programs/client/ed25519.ts'
import { type NetworkRecord, readNode, type SeatRecord } from '#programs/client/read.ts'
import * as registry from '#programs/client/registry.ts'
import { sendInstructions } from '#programs/client/send.ts'
import type { SignedHeader } from '#protocol/agreement/effects.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import { decodeKey, isKey, type PeerKey, type WalletKey } from '#protocol/wire/keys.ts'
import type { ChainNetwork } from './cluster.ts'
import { isDoneAlready } from './errors.ts'
import type { Funds } from './funds.ts'
import { staggerPosition } from './stagger.ts'

export interface MaintenanceParts {
  readonly chain: ChainNetwork
  readonly payer: Keypair
  readonly self: PeerKey
  readonly funds: Funds
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly staggerMs: number
  readonly priorityMicroLamports: number
}

/** The registry as it was last read. */
export interface RegistryReading {
  readonly slot: number
  readonly network: NetworkRecord
  readonly seats: readonly SeatRecord[]
  readonly view: RegistryView
}

const SEND_TIMEOUT_MS = 60_000
const RETRY_MS = 5_000
const EVIDENCE_MAX = 64
const EVIDENCE = 'ledger/evidence/'
const PINNED = 'ledger/pinned/'
const PINNED_MAX = 4_096
const bytes = z.instanceof(Uint8Array)
const evidenceSchema = z.tuple([bytes, bytes, bytes, bytes])

interface Task {
  /** Tells it from the others: each is tried at its own pace. */
  readonly name: string
  readonly make: () => Promise<TransactionInstruction | TransactionInstruction[]>
  /** What the log says once it is done. */
  readonly done: string
}

type Evidence = readonly [SignedHeader, SignedHeader]

export class Maintenance {
  readonly #parts: MaintenanceParts
  readonly #evidence = new Map<PeerKey, Evidence>()
  /** Committees whose rent this peer paid: name in the store → account and epoch. */
  readonly #pinned = new Map<string, { readonly account: WalletKey; readonly epoch: number }>()
  /** Task → when it may be tried again, monotonic. */
  readonly #notBefore = new Map<string, number>()
  #overSince: { readonly epoch: number; readonly sinceMs: number } | undefined
  #busy = false

  private constructor(parts: MaintenanceParts) {
    this.#parts = parts
  }

  static async open(parts: MaintenanceParts): Promise<Maintenance> {
    const maintenance = new Maintenance(parts)
    const within = (prefix: string, limit: number) => parts.store.range({ gte: prefix, lt: `${prefix}\uffff`, limit })
    for (const [name, value] of await within(EVIDENCE, EVIDENCE_MAX)) {
      const peer = name.slice(EVIDENCE.length)
      const parsed = evidenceSchema.safeParse(decode(value))
      if (!isKey(peer) || !parsed.success) continue
      const [a, sa, b, sb] = parsed.data
      maintenance.#evidence.set(peer, [
        { headerBytes: a, signature: sa },
        { headerBytes: b, signature: sb },
      ])
    }
    for (const [name] of await within(PINNED, PINNED_MAX)) {
      const [account = '', epoch = ''] = name.slice(PINNED.length).split('/')
      maintenance.#pinned.set(name, { account, epoch: Number(epoch) })
    }
    return maintenance
  }

  /** Keeps proof against `peer` until the chain has convicted it. */
  accuse(peer: PeerKey, headers: Evidence): void {
    if (this.#evidence.has(peer) || this.#evidence.size >= EVIDENCE_MAX) return
    this.#evidence.set(peer, headers)
    const value = encode(headers.flatMap(({ headerBytes, signature }) => [headerBytes, signature]))
    this.#write([{ put: `${EVIDENCE}${peer}`, value }])
  }

  /** Remembers a committee whose rent comes back to this peer. */
  pinned(account: WalletKey, epoch: number): void {
    const name = `${PINNED}${account}/${epoch}`
    if (this.#pinned.size >= PINNED_MAX) return
    this.#pinned.set(name, { account, epoch })
    this.#write([{ put: name, value: new Uint8Array() }])
  }

  /** Does what is due. Never rejects. */
  async tick(reading: RegistryReading, signal: AbortSignal): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      await this.#renew(reading, signal)
      await this.#turnCrank(reading, signal)
      await this.#convict(reading, signal)
      await this.#collectRent(signal)
    } catch (error) {
      if (!signal.aborted) this.#parts.log.error({ error }, 'a task on chain failed')
    } finally {
      this.#busy = false
    }
  }

  async #renew({ network, seats, slot }: RegistryReading, signal: AbortSignal): Promise<void> {
    const { chain, self, payer } = this.#parts
    if (BigInt(slot) >= network.epochStart + network.epochSlots) return
    const mine = seats.flatMap((seat, index) =>
      seat.held && seat.until <= network.epoch && seat.peer.toBase58() === self ? [index] : [],
    )
    if (mine.length === 0) return
    const keys = { network: chain.address, peer: payer.publicKey, signer: payer.publicKey }
    const make = () => registry.renewSeats(chain.programs, keys, mine)
    await this.#try({ name: 'renew', make, done: 'seats renewed' }, signal)
  }

  async #turnCrank({ network, view, slot }: RegistryReading, signal: AbortSignal): Promise<void> {
    const { chain, self, payer, staggerMs, clock } = this.#parts
    if (BigInt(slot) <= network.epochStart + network.epochSlots) return
    const nowMs = clock.monotonicMs()
    if (this.#overSince?.epoch !== view.epoch) this.#overSince = { epoch: view.epoch, sinceMs: nowMs }
    const peers = view.members.map(({ peer }) => peer)
    const position = staggerPosition(self, peers, `crank/${view.epoch}`)
    if (nowMs < this.#overSince.sinceMs + position * staggerMs) return
    const make = () => registry.advanceEpoch(chain.programs, chain.address, payer.publicKey)
    await this.#try({ name: 'crank', make, done: 'the next epoch has begun' }, signal)
  }

  async #convict({ view }: RegistryReading, signal: AbortSignal): Promise<void> {
    const { chain, self, staggerMs, clock } = this.#parts
    for (const [peer, headers] of this.#evidence) {
      const name = `convict/${peer}`
      const first = this.#notBefore.get(name)
      if (first === undefined) {
        const position = staggerPosition(
          self,
          view.members.map((member) => member.peer),
          name,
        )
        this.#notBefore.set(name, clock.monotonicMs() + position * staggerMs)
        continue
      }
      if (clock.monotonicMs() < first) continue
      const key = new PublicKey(peer)
      const node = await readNode(chain.programs, { network: chain.address, peer: key })
      if (node.value === undefined || node.value.slashed) {
        this.#evidence.delete(peer)
        this.#write([{ del: `${EVIDENCE}${peer}` }])
        continue
      }
      const signed = headers.map(({ headerBytes, signature }) => ({
        key: decodeKey(peer),
        signature,
        message: headerBytes,
      }))
      const make = async () => [verifyEach(signed), await registry.slash(chain.programs, chain.address, key)]
      await this.#try({ name, make, done: 'an equivocating witness lost its stake' }, signal)
    }
  }

  /** Committees that their accounts have left give their rent back. */
  async #collectRent(signal: AbortSignal): Promise<void> {
    const { chain, funds, payer, clock } = this.#parts
    for (const [name, { account, epoch }] of this.#pinned) {
      const reading = funds.reading(account)
      if (reading === undefined) funds.track(account, clock.wallMs())
      // An account that is closed has left every committee.
      if (reading === undefined || (reading.record !== undefined && Number(reading.record.epoch) <= epoch)) continue
      const at = { network: chain.address, key: new PublicKey(account), epoch: BigInt(epoch), payer: payer.publicKey }
      const make = () => registry.closeCommittee(chain.programs, at)
      if (!(await this.#try({ name, make, done: 'rent taken back' }, signal))) continue
      this.#pinned.delete(name)
      this.#write([{ del: name }])
    }
  }

  /** Sends what the task makes, if it was not tried just now; true if it went through. */
  async #try({ name, make, done }: Task, signal: AbortSignal): Promise<boolean> {
    const { chain, payer, clock, log, priorityMicroLamports } = this.#parts
    if (clock.monotonicMs() < (this.#notBefore.get(name) ?? 0)) return false
    try {
      const { signature } = await atMost(SEND_TIMEOUT_MS, signal, async (limited) =>
        sendInstructions(chain.connection, [await make()].flat(), { payer, priorityMicroLamports, signal: limited }),
      )
      log.info({ task: name, signature }, done)
      return true
    } catch (error) {
      if (signal.aborted) return false
      if (isDoneAlready(error)) log.debug({ task: name }, 'another peer was first')
      else log.warn({ task: name, error }, 'a task on chain was not done')
      return false
    } finally {
      this.#notBefore.set(name, clock.monotonicMs() + RETRY_MS)
    }
  }

  /** Best effort: what is lost is found out again, or costs rent. */
  #write(changes: Parameters<Store['write']>[0]): void {
    this.#parts.store
      .write(changes, { durable: false })
      .catch((error: unknown) => this.#parts.log.error({ error }, 'chain duties could not be written'))
  }
}
