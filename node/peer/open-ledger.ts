/** Which ledger a peer's folder has: a private roster, or a network on Solana. */
import { existsSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { WeftError } from '#protocol/errors.ts'
import { findMember } from '#protocol/membership/registry.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { createWallet, loadWallet } from '../adapters/keys/files.ts'
import type { KeyPair } from '../adapters/keys/keypair.ts'
import { createRoster } from '../adapters/ledgers/roster/create.ts'
import { createRosterLedger, type Membership } from '../adapters/ledgers/roster/ledger.ts'
import type { EventFeed } from '../adapters/ledgers/solana/event-feed.ts'
import { createSystemRandom } from '../adapters/system/random.ts'
import type { Paths } from '../config/paths.ts'
import type { Settings } from '../config/schema.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Log } from '../ports/log.ts'
import type { Store } from '../ports/store.ts'

/** A ledger, and how this peer belongs to its network. */
export interface OpenLedger {
  readonly ledger: Ledger
  /** Events of the network's programs; `undefined` where there is no chain. */
  readonly chainEvents?: EventFeed
  /** To be called when a connection to `peer` opens. */
  readonly greet: (peer: PeerKey) => void
  readonly membership: () => Membership
  /** Addresses to dial at first. */
  readonly inviteAddresses: () => readonly string[]
  /** A token with which others join. NOT_PERMITTED where nobody is invited. */
  readonly invite: (options: { addresses: readonly string[]; ttlMs: number; uses: number }) => string
}

/** What a ledger is opened with. */
export interface OpenLedgerParts {
  readonly settings: Settings
  readonly paths: Paths
  readonly keys: KeyPair
  readonly wallet: KeyPair
  /** Open. */
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** A join token of a private network. */
  readonly join?: string | undefined
}

/** Credit lines of a network that a first `weft up` founds: 1,000 credits each, in micro-credits. */
const CREDIT_LINE = 1_000_000_000n
const SECOND_MS = 1_000

/**
 * The ledger of the network that this folder belongs to. On the first run that is the one on Solana that the settings
 * name, the private one that the token is for, or a new private one of this peer alone. NETWORK_OTHER if the folder
 * belongs to another kind of network.
 */
export async function openLedger(parts: OpenLedgerParts): Promise<OpenLedger> {
  return parts.settings.network === 'roster' ? openRoster(parts) : openSolana(parts)
}

async function openSolana({
  settings,
  paths,
  keys,
  wallet,
  store,
  clock,
  log,
  join,
}: OpenLedgerParts): Promise<OpenLedger> {
  if (join !== undefined || existsSync(joinPath(paths.roster, 'network')))
    throw otherNetwork(`${paths.home} is of a private network, and the settings name ${settings.network}`)
  const { createSolanaLedger, rpcUrlOf } = await import('../adapters/ledgers/solana/ledger.ts')
  const { EventFeed } = await import('../adapters/ledgers/solana/event-feed.ts')
  const rpcUrl = rpcUrlOf(settings.network)
  const ledger = await createSolanaLedger({
    rpcUrl,
    name: settings.networkName,
    keys,
    store,
    clock,
    log: log.child({ part: 'solana' }),
    policy: { everyMs: settings.settleSeconds * SECOND_MS, min: settings.settleMin },
  })
  const own = () => {
    const view = ledger.registry()
    return view && findMember(view, keys.key)
  }
  const owner = own()?.owner
  if (owner !== undefined && owner !== wallet.key)
    log.warn({ owner, wallet: wallet.key }, 'this peer is registered for another wallet: that one earns')
  const part = log.child({ part: 'chain-events' })
  return {
    ledger,
    chainEvents: new EventFeed({ rpcUrl, networkId: ledger.networkId, store, clock, log: part }),
    greet: () => undefined,
    membership: () => (own() === undefined ? { state: 'none' } : { state: 'member', name: nameOf(keys.key) }),
    inviteAddresses: () => [],
    invite: () => {
      const next = 'weft register, then weft stake'
      throw new WeftError('NOT_PERMITTED', 'nobody is invited to a network on Solana', { data: { next } })
    },
  }
}

async function openRoster({ paths, keys, wallet, store, clock, log, join }: OpenLedgerParts): Promise<OpenLedger> {
  const known = new TextDecoder().decode((await store.get('ledger/network')) ?? new Uint8Array())
  if (known !== '') throw otherNetwork(`${paths.home} is of the network ${known}`)
  const random = createSystemRandom()
  const founder = async (): Promise<KeyPair | undefined> =>
    existsSync(paths.founderKey) ? loadWallet(paths.founderKey) : undefined
  const open = async (): Promise<OpenLedger> => {
    const key = await founder()
    const part = log.child({ part: 'roster' })
    const components = { dir: paths.roster, self: keys.key, signer: keys.signer, clock, random, log: part }
    const ledger = await createRosterLedger(key === undefined ? components : { ...components, founder: key.signer })
    return {
      ledger,
      greet: (peer) => ledger.greet(peer),
      membership: () => ledger.membership(),
      inviteAddresses: () => ledger.inviteAddresses(),
      invite: (options) => ledger.inviteToken(options),
    }
  }
  if (join !== undefined) {
    const { joinRoster } = await import('../adapters/ledgers/roster/create.ts')
    await joinRoster({ dir: paths.roster, clock, token: join, owner: wallet.key, name: nameOf(keys.key) })
    return open()
  }
  return open().catch(async (error: unknown) => {
    if (!(error instanceof WeftError) || error.code !== 'NOT_A_MEMBER') throw error
    const key = (await founder()) ?? (await createWallet(paths.founderKey))
    const members = [{ peer: keys.key, owner: wallet.key, name: nameOf(keys.key) }]
    await createRoster({ dir: paths.roster, founder: key.signer, members, creditLine: CREDIT_LINE, clock })
    return open()
  })
}

function otherNetwork(why: string): WeftError {
  return new WeftError('NETWORK_OTHER', why, { data: { next: 'choose another folder with --home' } })
}

function nameOf(peer: PeerKey): string {
  return `peer-${peer.slice(0, 6).toLowerCase()}`
}
