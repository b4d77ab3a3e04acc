/**
 * Gives back what a one-job account did not spend, once its job's deadline has passed: anybody may, and it goes to the
 * owner. Peers do it for the accounts that they know, by turns; an owner who does not want to wait does it by `weft
 * credits refund`.
 */
import { type Keypair, PublicKey, type TransactionInstruction } from '@solana/web3.js'
import { atMost } from '#node/ports/at-most.ts'
import type { Clock } from '#node/ports/clock.ts'
import type { Log } from '#node/ports/log.ts'
import type { CreditAccountRecord } from '#programs/client/read.ts'
import { vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import { sendInstructions } from '#programs/client/send.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { ChainNetwork } from './cluster.ts'
import type { Funds } from './funds.ts'
import type { RegistryReading } from './maintenance.ts'
import { staggerPosition } from './stagger.ts'
import { openTokens, tokensOf } from './tokens.ts'

export interface RefundsParts {
  readonly chain: ChainNetwork
  readonly payer: Keypair
  readonly self: PeerKey
  readonly funds: Funds
  readonly clock: Clock
  readonly log: Log
  /** What each place in a draw waits longer. */
  readonly staggerMs: number
  readonly priorityMicroLamports: number
}

/** The chain's clock may be behind ours, and a job that ended in time may still be on its way to the chain. */
const GRACE_MS = 5_000
const RETRY_MS = 5_000
const SEND_TIMEOUT_MS = 60_000

export class Refunds {
  readonly #parts: RefundsParts
  /** Account → when it is this peer's turn, monotonic, for the request and for the refund. */
  readonly #turns = new Map<string, number>()
  #busy = false

  constructor(parts: RefundsParts) {
    this.#parts = parts
  }

  /** Does what is due. Never rejects. */
  async tick({ network, slot, view }: RegistryReading, signal: AbortSignal): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      const peers = view.members.map(({ peer }) => peer)
      const due = new Set<string>()
      for (const [account, record] of [...this.#parts.funds.jobAccounts()]) {
        const step = this.#step(record, network, slot)
        if (step === undefined) continue
        const name = `${step}/${account}`
        due.add(name)
        if (this.#isTurn(name, peers)) await this.#do(name, step, { account, record, mint: network.mint }, signal)
      }
      for (const name of this.#turns.keys()) if (!due.has(name)) this.#turns.delete(name)
    } catch (error) {
      if (!signal.aborted) this.#parts.log.error({ error }, 'refunding failed')
    } finally {
      this.#busy = false
    }
  }

  /** What comes next for an account whose job is over by time. */
  #step(
    { deadline, pending, pendingSinceSlot, pendingSinceTime }: CreditAccountRecord,
    { withdrawSlots, withdrawSeconds }: RegistryReading['network'],
    slot: number,
  ): 'cancel' | 'refund' | undefined {
    const nowMs = this.#parts.clock.wallMs() - GRACE_MS
    if (nowMs < Number(deadline) * 1_000) return undefined
    if (pending === 0n) return 'cancel'
    const waited = BigInt(slot) > pendingSinceSlot + withdrawSlots
    return waited && nowMs > Number(pendingSinceTime + withdrawSeconds) * 1_000 ? 'refund' : undefined
  }

  #isTurn(name: string, peers: readonly PeerKey[]): boolean {
    const { self, staggerMs, clock } = this.#parts
    const nowMs = clock.monotonicMs()
    const turnMs = this.#turns.get(name) ?? nowMs + staggerPosition(self, peers, name) * staggerMs
    this.#turns.set(name, turnMs)
    return nowMs >= turnMs
  }

  async #do(
    name: string,
    step: 'cancel' | 'refund',
    { account, record, mint }: { account: WalletKey; record: CreditAccountRecord; mint: PublicKey },
    signal: AbortSignal,
  ): Promise<void> {
    const { chain, payer, clock, log, priorityMicroLamports } = this.#parts
    const { programs, address: network } = chain
    const at = { network, key: new PublicKey(account) }
    const tokens = { tokens: tokensOf(mint, vaultAddress(network)), destination: tokensOf(mint, record.owner) }
    try {
      const instructions: TransactionInstruction[] =
        step === 'cancel'
          ? [await receipts.cancelJob(programs, at, payer.publicKey)]
          : [openTokens(payer.publicKey, mint, record.owner), await receipts.refundJob(programs, at, tokens)]
      const { signature } = await atMost(SEND_TIMEOUT_MS, signal, (limited) =>
        sendInstructions(chain.connection, instructions, { payer, priorityMicroLamports, signal: limited }),
      )
      log.info({ account, signature }, step === 'cancel' ? 'a job that is over by time: refund asked for' : 'refunded')
    } catch (error) {
      if (!signal.aborted) log.debug({ account, error }, 'a refund was not sent; another peer may have been first')
    } finally {
      this.#turns.set(name, clock.monotonicMs() + RETRY_MS)
    }
  }
}
