/**
 * The registry of epochs that are over, from the chain's history: whoever was away verifies certificates of that time
 * too. The slot table has only four ways to change, so the transactions that touched it are done over again on the
 * table as it was last known (or on the empty one of the founding), and each turn of the crank gives that epoch's view.
 * What comes out in the end must be what the chain says now, to the last seat: a node that keeps something back, or a
 * rule that changed, is found out, and nothing is believed.
 */
import { BorshInstructionCoder } from '@coral-xyz/anchor'
import { type ConfirmedSignatureInfo, PublicKey } from '@solana/web3.js'
import { base58btc } from 'multiformats/bases/base58'
import { z } from 'zod'
import { NODE_REGISTRY_ID } from '#programs/client/programs.ts'
import { decodeNode, type NetworkRecord, registryView, type SeatRecord } from '#programs/client/read.ts'
import { seatsAddress } from '#programs/client/registry-pdas.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import type { ChainNetwork } from './cluster.ts'
import { eventsIn } from './event-log.ts'

/** The registry at a chain slot. */
export interface RegistryAt {
  readonly slot: number
  readonly network: NetworkRecord
  readonly seats: readonly SeatRecord[]
}

const PAGE = 1_000
/** Transactions that are read to find the missing views at most. */
const TRANSACTIONS_MAX = 20_000
const AT_ONCE = 8

/**
 * Views of the epochs after `from` and before that of `to`, oldest first; from the founding if `from` is undefined.
 * Throws if the node does not have the whole history, or if it does not lead to `to`.
 */
export async function viewsBetween(
  chain: ChainNetwork,
  from: RegistryAt | undefined,
  to: RegistryAt,
): Promise<readonly RegistryView[]> {
  const rows = await signaturesBetween(chain, from?.slot ?? -1, to.slot)
  const replay = new Replay(chain, from, to)
  for (let at = 0; at < rows.length; at += AT_ONCE)
    for (const transaction of await Promise.all(rows.slice(at, at + AT_ONCE).map((row) => transactionOf(chain, row))))
      await replay.apply(transaction)
  return replay.finish()
}

/** Successful transactions on the slot table in those slots, in the order of execution. */
async function signaturesBetween(chain: ChainNetwork, after: number, upTo: number): Promise<ConfirmedSignatureInfo[]> {
  const address = seatsAddress(chain.address)
  const rows: ConfirmedSignatureInfo[] = []
  for (;;) {
    const before = rows.at(-1)?.signature
    const options = before === undefined ? { limit: PAGE } : { limit: PAGE, before }
    const page = await chain.connection.getSignaturesForAddress(address, options, 'finalized')
    rows.push(...page)
    const oldest = page.at(-1)
    if (oldest === undefined || page.length < PAGE || oldest.slot <= after) break
    if (rows.length >= TRANSACTIONS_MAX) throw new Error(`more than ${TRANSACTIONS_MAX} transactions since then`)
  }
  return rows.filter(({ slot, err }) => err === null && slot > after && slot <= upTo).reverse()
}

interface Call {
  readonly accounts: readonly PublicKey[]
  readonly data: Uint8Array
}

interface Transaction {
  readonly slot: number
  readonly signature: string
  readonly logs: readonly string[]
  /** Calls of the registry program, in the order in which they began. */
  readonly calls: readonly Call[]
}

async function transactionOf(chain: ChainNetwork, { signature }: ConfirmedSignatureInfo): Promise<Transaction> {
  const found = await chain.connection.getTransaction(signature, {
    commitment: 'finalized',
    maxSupportedTransactionVersion: 0,
  })
  if (!found?.meta) throw new Error(`the node does not have the transaction ${signature}`)
  const { message } = found.transaction
  const { loadedAddresses, innerInstructions, logMessages } = found.meta
  const keys = message.getAccountKeys(loadedAddresses ? { accountKeysFromLookups: loadedAddresses } : undefined)
  const calls: Call[] = []
  const add = (program: number, accounts: readonly number[], data: Uint8Array): void => {
    if (keys.get(program)?.equals(NODE_REGISTRY_ID) !== true) return
    calls.push({ accounts: accounts.map((index) => keys.get(index) ?? PublicKey.default), data })
  }
  for (const [index, { programIdIndex, accountKeyIndexes, data }] of message.compiledInstructions.entries()) {
    add(programIdIndex, accountKeyIndexes, data)
    for (const list of innerInstructions ?? [])
      if (list.index === index)
        for (const inner of list.instructions)
          add(inner.programIdIndex, inner.accounts, base58btc.baseDecode(inner.data))
  }
  return { slot: found.slot, signature, logs: logMessages ?? [], calls }
}

const seatArgument = z.object({ seat: z.number().int() })
const seatsArgument = z.object({ seats: z.array(z.number().int()) })

/**
 * The table, changed as the program changes it: `take_seat`, `renew_seats`, `release_seat` and `advance_epoch` in
 * programs/.
 */
class Replay {
  readonly #chain: ChainNetwork
  readonly #to: RegistryAt
  readonly #coder: BorshInstructionCoder
  readonly #views: RegistryView[] = []
  readonly #peers = new Map<string, PublicKey>()
  #seats: SeatRecord[]
  #network: NetworkRecord

  constructor(chain: ChainNetwork, from: RegistryAt | undefined, to: RegistryAt) {
    this.#chain = chain
    this.#to = to
    this.#coder = new BorshInstructionCoder(chain.programs.registry.idl)
    this.#seats = [...(from?.seats ?? [])]
    this.#network = from?.network ?? { ...to.network, epoch: 0n, epochSeats: 0, beacon: new Uint8Array(32) }
  }

  async apply({ slot, signature, logs, calls }: Transaction): Promise<void> {
    const advances = eventsIn(this.#chain.programs, { logs, slot, signature })
      .filter(({ name, data }) => name === 'EpochAdvanced' && data['network'] === this.#chain.address.toBase58())
      .values()
    for (const { accounts, data } of calls) {
      const call = this.#coder.decode(Buffer.from(data))
      if (call === null || !accounts.some((key) => key.equals(seatsAddress(this.#chain.address)))) continue
      const { epoch, epochStart, epochSlots } = this.#network
      switch (call.name) {
        case 'initNetwork':
          this.#network = { ...this.#network, epochStart: BigInt(slot) }
          break
        case 'takeSeat': {
          const [owner = PublicKey.default, , node = PublicKey.default] = accounts
          const next = { peer: await this.#peerOf(node), owner, from: epoch + 1n, until: epoch + 1n, held: true }
          this.#seats[seatArgument.parse(call.data).seat] = next
          break
        }
        case 'renewSeats':
          for (const index of seatsArgument.parse(call.data).seats)
            this.#change(index, (seat) => {
              const start = seat.until < epoch ? epoch + 1n : seat.from
              return { ...seat, from: start, until: epoch + 1n }
            })
          break
        case 'releaseSeat': {
          const last = BigInt(slot) >= epochStart + epochSlots ? epoch + 1n : epoch
          this.#change(seatArgument.parse(call.data).seat, (seat) => {
            return { ...seat, until: seat.until < last ? seat.until : last, held: false }
          })
          break
        }
        case 'advanceEpoch':
          this.#advance(slot, advances.next().value?.data)
          break
        default:
          // What else names the table leaves its seats as they are.
          break
      }
    }
  }

  /** The views, once the table is the chain's. */
  finish(): readonly RegistryView[] {
    const { network, seats } = this.#to
    const same =
      this.#network.epoch === network.epoch &&
      equalBytes(this.#network.beacon, network.beacon) &&
      this.#seats.length === seats.length &&
      seats.every((seat, index) => sameSeat(seat, this.#seats[index]))
    if (!same) throw new Error(`the history until slot ${this.#to.slot} does not lead to what the chain says`)
    return this.#views.filter(({ epoch }) => epoch > 0 && epoch < Number(network.epoch))
  }

  #change(index: number, change: (seat: SeatRecord) => SeatRecord): void {
    const seat = this.#seats[index]
    if (seat === undefined) throw new Error(`the history changes seat ${index}, which nobody took`)
    this.#seats[index] = change(seat)
  }

  #advance(slot: number, event: Readonly<Record<string, unknown>> | undefined): void {
    const { epoch, epochStart, epochSlots } = this.#network
    const { beacon } = z.object({ beacon: z.string().regex(/^[0-9a-f]{64}$/) }).parse(event)
    const start = epochStart + ((BigInt(slot) - 1n - epochStart) / epochSlots) * epochSlots
    const turned = { epoch: epoch + 1n, epochStart: start, epochSeats: this.#seats.length }
    this.#network = { ...this.#network, ...turned, beacon: Uint8Array.from(Buffer.from(beacon, 'hex')) }
    this.#views.push(registryView(this.#network, this.#seats))
  }

  /** The peer whose registration is at `node`: from its account, or, if it has left, from what made the account. */
  async #peerOf(node: PublicKey): Promise<PublicKey> {
    const known = this.#peers.get(node.toBase58())
    const peer = known ?? (await this.#registeredPeer(node))
    this.#peers.set(node.toBase58(), peer)
    return peer
  }

  async #registeredPeer(node: PublicKey): Promise<PublicKey> {
    const { connection, programs } = this.#chain
    const account = await connection.getAccountInfo(node, 'finalized')
    if (account?.owner.equals(NODE_REGISTRY_ID) === true) return decodeNode(programs, account.data).peer
    const rows = await connection.getSignaturesForAddress(node, { limit: PAGE }, 'finalized')
    for (const row of rows.reverse())
      for (const { accounts, data } of (await transactionOf(this.#chain, row)).calls) {
        const [, peer, , at] = accounts
        const registers = this.#coder.decode(Buffer.from(data))?.name === 'register'
        if (registers && peer !== undefined && at?.equals(node) === true) return peer
      }
    throw new Error(`the node does not know who registered ${node.toBase58()}`)
  }
}

function sameSeat(a: SeatRecord, b: SeatRecord | undefined): boolean {
  if (b === undefined || a.from !== b.from || a.until !== b.until || a.held !== b.held) return false
  return a.peer.equals(b.peer) && a.owner.equals(b.owner)
}
