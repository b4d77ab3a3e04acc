/**
 * The ledger of a private network: membership by the founder's signed roster, balances by mutual credit. No chain, no
 * token.
 *
 * What a wallet may have spent in its life = its credit line + what it earned from other wallets' certified totals. Who
 * has a credit line: the owner of a member and every wallet that the founder listed; everybody else has the roster's
 * `openCredit`, which is 0 unless the network is for development. Membership changes only by the founder; a peer that
 * meets another sends it its newest roster, so a change reaches everybody who is connected to anybody.
 */
import type { Clock } from '#node/ports/clock.ts'
import type { Ledger, LedgerEvents } from '#node/ports/ledger.ts'
import type { Log } from '#node/ports/log.ts'
import type { Random } from '#node/ports/random.ts'
import type { Totals } from '#protocol/credits/totals.ts'
import { WeftError } from '#protocol/errors.ts'
import { findMember, type RegistryView } from '#protocol/membership/registry.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import { type Header, networkDomain } from '#protocol/wire/header.ts'
import { isKey, type PeerKey, type Signer, type WalletKey } from '#protocol/wire/keys.ts'
import { type Earnings, openEarnings } from './earnings.ts'
import { openFiles, type RosterFiles } from './files.ts'
import { type Change, createFounder, type Founder } from './founder.ts'
import { openHistory, type RosterHistory } from './history.ts'
import { type Joining, openJoining } from './joining.ts'
import { decodeMessage, encodeAsk, encodeRefused, type LedgerMessage } from './messages.ts'
import { creditOf, founderOf, ROSTER_BYTES_MAX, type Roster, readRoster } from './roster.ts'
import { createThrottle, type Throttle } from './throttle.ts'

/** Earnings are written, and their change is told, at most this often. */
const EARNINGS_FLUSH_MS = 500

/** Where a peer stands with its network. */
export type Membership =
  | { readonly state: 'member'; readonly name: string }
  | { readonly state: 'joining' }
  | { readonly state: 'refused'; readonly reason: string }
  | { readonly state: 'none' }

/**
 * The {@link Ledger} of a roster, and what only a roster can do. Methods marked *founder* throw NOT_PERMITTED without
 * the founder's key.
 */
export interface RosterLedger extends Ledger {
  readonly kind: 'roster'
  /**
   * To be called when a connection to `peer` opens: sends the newest roster, and a pending join to the founder's peer.
   */
  greet(peer: PeerKey): void
  /** The newest roster, with names and terms. */
  roster(): Roster | undefined
  membership(): Membership
  /** Addresses from the invitation that this peer is joining by: to be dialled. */
  inviteAddresses(): readonly string[]
  /**
   * *Founder.* Text of a new token for `uses` peers, valid for `ttlMs` (at most 30 days). CONFIG_INVALID if out of
   * range.
   */
  inviteToken(options: { addresses: readonly string[]; ttlMs: number; uses: number }): string
  /**
   * Asks the founder's peer to admit this one; goes on asking until it is answered. TOKEN_INVALID if the token is no
   * good here.
   */
  joinRequest(token: string, options: { owner: WalletKey; name: string }): void
  /** *Founder.* False if the peer is not a member. */
  removeMember(peer: PeerKey): boolean
  /** *Founder.* Gives or takes the credit line of a wallet without a peer. */
  setWallet(wallet: WalletKey, options: { listed: boolean }): void
  /** *Founder.* Changes the credit lines, in micro-credits. */
  setCredit(options: { creditLine?: bigint; openCredit?: bigint }): void
}

/** What a roster ledger is made of. `signer` is the peer's own; `founder` is given on the founder's machine only. */
export interface RosterComponents {
  readonly dir: string
  readonly self: PeerKey
  readonly signer: Signer
  readonly founder?: Signer
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/**
 * Opens the ledger in `dir`, which `createRoster` or `joinRoster` has prepared. NOT_A_MEMBER if neither was done;
 * NOT_PERMITTED if `founder` is not the founder of this network; STORE_CORRUPT if the folder cannot be read.
 */
export async function createRosterLedger(components: RosterComponents): Promise<RosterLedger> {
  const files = openFiles(components.dir)
  const networkId = files.readText('network')
  if (networkId === undefined) throw new WeftError('NOT_A_MEMBER', 'this peer belongs to no private network yet')
  const founderKey = founderOf(networkId)
  if (founderKey === undefined) throw new WeftError('STORE_CORRUPT', `${components.dir} does not name its network`)
  if (components.founder !== undefined && components.founder.key !== founderKey) {
    throw new WeftError('NOT_PERMITTED', `the founder's key is not that of the network ${networkId}`)
  }
  try {
    return new OnRoster(components, files, networkId)
  } catch (cause) {
    throw new WeftError('STORE_CORRUPT', `the roster in ${components.dir} cannot be read`, { cause })
  }
}

class OnRoster implements RosterLedger {
  readonly kind = 'roster'
  readonly networkId: string
  readonly programId = new Uint8Array(32)
  readonly #self: PeerKey
  readonly #clock: Clock
  readonly #log: Log
  readonly #domain: Uint8Array
  readonly #history: RosterHistory
  readonly #earnings: Earnings
  readonly #joining: Joining
  readonly #founder: Founder | undefined
  readonly #messages: Throttle
  readonly #joins: Throttle
  #events: LedgerEvents | undefined
  #cancelFlush: (() => void) | undefined

  constructor(components: RosterComponents, files: RosterFiles, networkId: string) {
    const { self, signer, founder, clock, random, log } = components
    this.networkId = networkId
    this.#self = self
    this.#clock = clock
    this.#log = log
    this.#domain = networkDomain(networkId, this.programId)
    const history = openHistory(files, networkId)
    this.#history = history
    this.#earnings = openEarnings(files)
    this.#joining = openJoining({ files, clock, signer, send: (to, message) => this.#events?.send(to, message) })
    this.#founder =
      founder && createFounder({ signer: founder, self, network: networkId, files, history, clock, random })
    this.#messages = createThrottle({ perSecond: 20, burst: 160, clock })
    this.#joins = createThrottle({ perSecond: 1, burst: 5, clock })
  }

  async start(events: LedgerEvents): Promise<void> {
    if (this.#events !== undefined) return
    this.#events = events
    if (this.#isMember()) this.#joining.done()
    this.#joining.ask()
  }

  async stop(): Promise<void> {
    this.#events = undefined
    this.#joining.pause()
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    await this.#earnings.flush()
  }

  registry(): RegistryView | undefined {
    return this.#history.newest()?.view
  }

  registryAt(epoch: number): RegistryView | undefined {
    return this.#history.at(epoch)?.view
  }

  roster(): Roster | undefined {
    return this.#history.newest()?.roster
  }

  funds(account: WalletKey): { total: bigint; asOfMs: number } | undefined {
    const roster = this.roster()
    if (roster === undefined) return undefined
    const total = creditOf(roster, account) + this.#earnings.earned(account)
    return { total, asOfMs: this.#clock.wallMs() }
  }

  offerHeader(header: Header, totals: Totals): void {
    if (!equalBytes(header.domain, this.#domain)) return
    const { account, height, spent } = header
    const outcome = this.#earnings.offer(account, { height, totals, spent })
    if (outcome === 'adopted') this.#flushSoon()
    else if (outcome !== 'old') this.#log.warn({ account, height, outcome }, 'certified totals not taken')
  }

  receive(from: PeerKey, message: Uint8Array): void {
    if (this.#events === undefined || message.length > ROSTER_BYTES_MAX || !this.#messages.allow(from)) return
    const decoded = decodeMessage(message, this.#domain)
    if (decoded === undefined) return
    try {
      this.#handle(from, decoded)
    } catch (error) {
      this.#log.error({ error, from, type: decoded.type }, 'ledger message not handled')
    }
  }

  greet(peer: PeerKey): void {
    this.#sendNewest(peer)
    if (peer === this.#joining.invite()?.peer) this.#joining.ask()
  }

  membership(): Membership {
    const member = this.roster()?.members.find(({ peer }) => peer === this.#self)
    if (member !== undefined) return { state: 'member', name: member.name }
    const { state, reason } = this.#joining
    if (state === 'refused') return { state, reason }
    return { state: state === 'asking' ? 'joining' : 'none' }
  }

  inviteAddresses(): readonly string[] {
    return this.#joining.invite()?.addresses ?? []
  }

  inviteToken(options: { addresses: readonly string[]; ttlMs: number; uses: number }): string {
    return this.#asFounder().invite(options)
  }

  joinRequest(token: string, options: { owner: WalletKey; name: string }): void {
    this.#joining.begin({ token, ...options })
    if (this.#isMember()) this.#joining.done()
    if (this.#events !== undefined) this.#joining.ask()
  }

  removeMember(peer: PeerKey): boolean {
    this.#asFounder()
    const members = this.roster()?.members ?? []
    if (!members.some((member) => member.peer === peer)) return false
    this.#change({ members: members.filter((member) => member.peer !== peer) })
    return true
  }

  setWallet(wallet: WalletKey, options: { listed: boolean }): void {
    if (!isKey(wallet)) throw new WeftError('CONFIG_INVALID', 'a wallet is named by its base58 address')
    const others = (this.roster()?.wallets ?? []).filter((key) => key !== wallet)
    this.#change({ wallets: options.listed ? [...others, wallet] : others })
  }

  setCredit(options: { creditLine?: bigint; openCredit?: bigint }): void {
    this.#change(options)
  }

  #handle(from: PeerKey, message: LedgerMessage): void {
    switch (message.type) {
      case 'roster':
        this.#receiveRoster(from, message.envelope)
        return
      case 'join':
        this.#receiveJoin(from, message.envelope)
        return
      case 'ask': {
        const asked = this.#history.at(message.version)
        if (asked !== undefined) this.#events?.send(from, asked.raw)
        return
      }
      case 'refused':
        if (!this.#joining.refuse(from, message)) return
        this.#log.warn({ reason: message.reason }, 'the founder did not admit this peer')
        this.#events?.changed()
        return
      default:
        message satisfies never
    }
  }

  #receiveRoster(from: PeerKey, envelope: Envelope): void {
    const sealed = readRoster(envelope, this.networkId)
    if (sealed === undefined) return
    const { version } = sealed.roster
    const adoption = this.#history.offer(sealed)
    switch (adoption.outcome) {
      case 'newest':
        if (adoption.forked) this.#log.warn({ version, from }, 'the founder signed two different histories')
        this.#spread()
        break
      case 'filled':
        this.#events?.changed()
        break
      case 'same':
        break
      case 'stale':
        this.#sendNewest(from)
        return
      case 'conflict':
        this.#log.warn({ version, from }, 'the founder signed two rosters of one version; the first stays')
        return
      case 'forged':
        this.#log.warn({ version, from }, 'roster with a bad signature dropped')
        return
      default:
        adoption satisfies never
    }
    const missing = this.#history.missing()
    if (missing !== undefined) this.#events?.send(from, encodeAsk(missing))
  }

  #receiveJoin(from: PeerKey, envelope: Envelope): void {
    const view = this.registry()
    if (this.#founder === undefined || view === undefined || !this.#joins.allow(from)) return
    if (findMember(view, from) !== undefined) {
      this.#sendNewest(from)
      return
    }
    const answer = this.#founder.admit(from, envelope)
    if (answer.outcome === 'refused') {
      this.#log.info({ from, reason: answer.reason }, 'join request refused')
      this.#events?.send(from, encodeRefused(answer.nonce, answer.reason))
    } else if (answer.outcome === 'admitted') {
      this.#spread()
      this.#sendNewest(from)
    }
  }

  #change(change: Change): void {
    this.#asFounder().change(change)
    this.#spread()
  }

  /** After a new newest roster, which is on the disk. */
  #spread(): void {
    const newest = this.#history.newest()
    if (newest === undefined) return
    const { version, members } = newest.roster
    this.#log.info({ version, members: members.length }, 'roster adopted')
    if (this.#isMember()) this.#joining.done()
    this.#events?.send('all', newest.raw)
    this.#events?.changed()
  }

  #sendNewest(to: PeerKey): void {
    const newest = this.#history.newest()
    if (newest !== undefined) this.#events?.send(to, newest.raw)
  }

  #isMember(): boolean {
    const view = this.registry()
    return view !== undefined && findMember(view, this.#self) !== undefined
  }

  #asFounder(): Founder {
    if (this.#founder !== undefined) return this.#founder
    throw new WeftError(
      'NOT_PERMITTED',
      "only the founder's peer, which holds the founder's key, can change the roster",
    )
  }

  /** Writes and tells about earnings a little later, once for all that changed by then. Never throws. */
  #flushSoon(): void {
    this.#cancelFlush ??= this.#clock.after(EARNINGS_FLUSH_MS, () => {
      this.#cancelFlush = undefined
      this.#events?.changed()
      this.#earnings.flush().catch((error: unknown) => this.#log.error({ error }, 'earnings not written'))
    })
  }
}
