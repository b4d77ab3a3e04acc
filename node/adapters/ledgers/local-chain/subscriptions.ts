/** Who wants to hear what: the WebSocket's subscriptions, found by kind and key. */
import { z } from 'zod'
import { accountJson, matcher } from './accounts.ts'
import type { ChainEvent, LocalChain } from './chain.ts'
import { invalidParams, RpcError, rpcCodes } from './errors.ts'
import { chainLimits } from './limits.ts'
import type { Outbox } from './outbox.ts'
import {
  accountConfigSchema,
  contextSchema,
  decimalsFinder,
  keySchema,
  parseParams,
  programConfigSchema,
  signatureSchema,
  withContext,
} from './rpc-method.ts'
import type { Commitment } from './slots.ts'
import { type AccountState, SYSTEM_PROGRAM } from './vm.ts'

type Kind = 'account' | 'program' | 'signature' | 'logs' | 'slot' | 'root'
type TransactionEvent = Extract<ChainEvent, { type: 'transaction' }>

interface Subscription {
  readonly id: number
  readonly kind: Kind
  /** What it listens to, e.g. `account:<key>:confirmed`. */
  readonly topic: string
  readonly commitment: Commitment
  readonly outbox: Outbox
  readonly render: (account: AccountState | undefined, key: string) => unknown
}

const logsFilter = z.union([z.enum(['all', 'allWithVotes']), z.object({ mentions: z.array(keySchema).length(1) })])

/** The subscriptions of all connections. */
export class Subscriptions {
  readonly #chain: LocalChain
  readonly #byId = new Map<number, Subscription>()
  readonly #byTopic = new Map<string, Set<Subscription>>()
  readonly #perOutbox = new Map<Outbox, Set<Subscription>>()
  #programs = 0
  #nextId = 1

  constructor(chain: LocalChain) {
    this.#chain = chain
    chain.onEvent((event) => this.#tell(event))
  }

  /** Subscriptions open now. */
  get size(): number {
    return this.#byId.size
  }

  /** Answers a `*Subscribe` or `*Unsubscribe` call of a connection; undefined if `method` is neither. */
  call(outbox: Outbox, method: string, params: unknown): { readonly result: unknown } | undefined {
    const match = /^(account|program|signature|logs|slot|root)(Subscribe|Unsubscribe)$/.exec(method)
    if (match === null) return undefined
    if (match[2] === 'Unsubscribe')
      return { result: this.#unsubscribe(outbox, parseParams(z.tuple([z.number().int()]), params)[0]) }
    const subscription = this.#parse(outbox, match[1], params)
    this.#add(subscription)
    return { result: subscription.id }
  }

  /** Drops everything of a connection that is gone. */
  drop(outbox: Outbox): void {
    for (const subscription of this.#perOutbox.get(outbox) ?? []) this.#remove(subscription)
  }

  #parse(outbox: Outbox, kind: string | undefined, params: unknown): Subscription {
    const base = { id: this.#nextId++, outbox, commitment: 'finalized' as Commitment, render: () => null }
    switch (kind) {
      case 'account': {
        const [key, config] = parseParams(z.tuple([keySchema, accountConfigSchema.optional()]), params)
        const commitment = config?.commitment ?? 'finalized'
        const decimals = decimalsFinder(this.#chain, commitment)
        const render = (account: AccountState | undefined) => accountJson(account ?? EMPTY, config ?? {}, decimals)
        return { ...base, kind, topic: `account:${key}:${commitment}`, commitment, render }
      }
      case 'program': {
        const [key, config] = parseParams(z.tuple([keySchema, programConfigSchema.optional()]), params)
        const commitment = config?.commitment ?? 'finalized'
        const matches = matcher(config?.filters ?? [])
        const decimals = decimalsFinder(this.#chain, commitment)
        const render = (account: AccountState | undefined, pubkey: string) =>
          account !== undefined && matches(account.data)
            ? { pubkey, account: accountJson(account, config ?? {}, decimals) }
            : undefined
        return { ...base, kind, topic: `program:${key}:${commitment}`, commitment, render }
      }
      case 'signature': {
        const [id, config] = parseParams(z.tuple([signatureSchema, contextSchema.optional()]), params)
        const commitment = config?.commitment ?? 'finalized'
        return { ...base, kind, topic: `signature:${id}:${commitment}`, commitment }
      }
      case 'logs': {
        const [filter, config] = parseParams(z.tuple([logsFilter, contextSchema.optional()]), params)
        const commitment = config?.commitment ?? 'finalized'
        return {
          ...base,
          kind,
          topic: `logs:${typeof filter === 'string' ? 'all' : filter.mentions[0]}:${commitment}`,
          commitment,
        }
      }
      case 'slot':
      case 'root':
        return { ...base, kind, topic: kind }
      default:
        throw new RpcError(rpcCodes.methodNotFound, 'Method not found')
    }
  }

  #add(subscription: Subscription): void {
    const { id, topic, outbox, kind } = subscription
    const own = this.#perOutbox.get(outbox) ?? new Set()
    if (own.size >= chainLimits.subscriptionsPerConnection)
      throw invalidParams(`more than ${chainLimits.subscriptionsPerConnection} subscriptions`)
    this.#perOutbox.set(outbox, own.add(subscription))
    this.#byId.set(id, subscription)
    this.#byTopic.set(topic, (this.#byTopic.get(topic) ?? new Set()).add(subscription))
    if (kind === 'program') this.#programs++
    if (kind === 'signature') setImmediate(() => this.#tellIfKnown(subscription))
  }

  #remove(subscription: Subscription): void {
    const { id, topic, outbox, kind } = subscription
    if (!this.#byId.delete(id)) return
    const listeners = this.#byTopic.get(topic)
    listeners?.delete(subscription)
    if (listeners?.size === 0) this.#byTopic.delete(topic)
    const own = this.#perOutbox.get(outbox)
    own?.delete(subscription)
    if (own?.size === 0) this.#perOutbox.delete(outbox)
    if (kind === 'program') this.#programs--
  }

  #unsubscribe(outbox: Outbox, id: number): boolean {
    const subscription = this.#byId.get(id)
    if (subscription === undefined || subscription.outbox !== outbox) throw invalidParams('Invalid subscription id.')
    this.#remove(subscription)
    return true
  }

  /** A subscriber may come after the transaction. Queued, so that it learns its subscription's number first. */
  #tellIfKnown(subscription: Subscription): void {
    const entry = this.#chain.history.get(subscription.topic.split(':')[1] ?? '')
    if (entry === undefined || !this.#byId.has(subscription.id)) return
    if (entry.slot <= this.#chain.slots.at(subscription.commitment)) this.#tellSignature(subscription, entry.err)
  }

  #tell(event: ChainEvent): void {
    switch (event.type) {
      case 'slot': {
        const { slot, parent, root } = event
        for (const listener of this.#of('slot')) this.#notify(listener, { slot, parent, root })
        if (event.rootMoved) for (const listener of this.#of('root')) this.#notify(listener, root)
        return
      }
      case 'rollback':
        this.#tellAccounts(event.written, 'processed')
        this.#tellAccounts(event.written, 'confirmed')
        return
      case 'transaction':
        this.#tellTransaction(event)
        return
      default:
        event satisfies never
    }
  }

  #tellTransaction({ entry, logs, written, commitment }: TransactionEvent): void {
    for (const listener of this.#of(`signature:${entry.id}:${commitment}`)) this.#tellSignature(listener, entry.err)
    const value = { signature: entry.id, err: entry.err, logs }
    for (const key of ['all', ...entry.keys]) {
      for (const listener of this.#of(`logs:${key}:${commitment}`))
        this.#notify(listener, withContext(this.#chain, commitment, value))
    }
    this.#tellAccounts(written, commitment)
  }

  #tellAccounts(written: readonly string[], commitment: Commitment): void {
    for (const key of written) {
      const listeners = this.#of(`account:${key}:${commitment}`)
      if (listeners.length === 0 && this.#programs === 0) continue
      const account = this.#chain.account(key, commitment)
      const interested =
        account === undefined ? listeners : [...listeners, ...this.#of(`program:${account.owner}:${commitment}`)]
      for (const listener of interested) {
        const value = listener.render(account, key)
        if (value !== undefined) this.#notify(listener, withContext(this.#chain, commitment, value))
      }
    }
  }

  #tellSignature(subscription: Subscription, err: unknown): void {
    this.#notify(subscription, withContext(this.#chain, subscription.commitment, { err }))
    this.#remove(subscription)
  }

  #notify({ outbox, kind, id }: Subscription, result: unknown): void {
    outbox.push(JSON.stringify({ jsonrpc: '2.0', method: `${kind}Notification`, params: { result, subscription: id } }))
  }

  #of(topic: string): Subscription[] {
    return [...(this.#byTopic.get(topic) ?? [])]
  }
}

/** What subscribers are told of an account that was closed. */
const EMPTY: AccountState = { lamports: 0n, owner: SYSTEM_PROGRAM, executable: false, data: Buffer.alloc(0) }
