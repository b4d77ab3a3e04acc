/**
 * The network that is attacked: five real daemons on loopback, an honest poster in this process, and a roster that
 * also names the hostile members. The founder's key is thrown away once the roster is signed.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWallet, loadOrCreatePeerKey } from '#node/adapters/keys/files.ts'
import { generateKeyPair, type KeyPair } from '#node/adapters/keys/keypair.ts'
import { createRoster } from '#node/adapters/ledgers/roster/create.ts'
import { openFiles } from '#node/adapters/ledgers/roster/files.ts'
import { openHistory } from '#node/adapters/ledgers/roster/history.ts'
import { createLog } from '#node/adapters/log/log.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import { type ChildDaemon, spawnDaemon } from '#node/cli/dev/children.ts'
import { defaultSettings } from '#node/config/defaults.ts'
import { makeFolders, type Paths, pathsFor } from '#node/config/paths.ts'
import { createPeer, type Peer } from '#node/peer/create-peer.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import { type PeerKey, type Signer, signerFromSeed } from '#protocol/wire/keys.ts'
import type { Attack, Role } from './catalogue.ts'

const DAEMONS = 5
/** Hostile members whose offers hide those of five others among the 32 that a contribution has room for. */
const HOSTILE_OFFERS = 32
/** Wallets with a credit line: enough for every trial, by witnesses with the hostile member among them and without. */
const WALLETS = 128
/** Honest accounts that are posted to, and attacked. */
const VICTIMS = 2
/** Accounts without funds that the hostile member witnesses. */
const OTHER_ACCOUNTS = 64
const CREDIT = 1n << 50n
/** Keys tried for an account with the committee that is looked for. */
const TRIES = 1_000_000

/** One daemon, and where it keeps its files. */
export interface ArenaDaemon {
  readonly daemon: ChildDaemon
  readonly paths: Paths
}

/** A running network and who is in it. */
export interface Arena {
  readonly networkId: string
  readonly daemons: readonly ArenaDaemon[]
  readonly poster: Peer
  readonly posterKey: PeerKey
  readonly posterAddresses: readonly string[]
  /** Members that no daemon speaks for. */
  readonly hostile: readonly KeyPair[]
  /** The folder of the first of them, with its key and the roster: a peer may be started in it. */
  readonly hostileHome: string
  /** Honest wallets with funds, other ones at each call; the first hostile member witnesses them, or it does not. */
  victims(role: Role): readonly Signer[]
  /** Keys of accounts without funds, all of them witnessed by the first hostile member. */
  readonly unfunded: readonly PeerKey[]
  /** Ends every process by its id and removes the folder. Idempotent. */
  stop(): Promise<void>
}

/** Founds the network and starts it; resolves when the poster is connected with all and knows what they offer. */
export async function startArena(kind: Attack['arena'], { signal }: { signal: AbortSignal }): Promise<Arena> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-attack-'))
  const founded = await found(folder, kind)
  const { homes, hostile, view, networkId } = founded
  const daemons: ArenaDaemon[] = []
  let poster: Peer | undefined
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= stopAll(daemons, poster).then(() => rmSync(folder, { recursive: true, force: true }))
    return stopped
  }
  try {
    const start = async (paths: Paths, bootstrap: readonly string[]): Promise<void> => {
      signal.throwIfAborted()
      daemons.push({ paths, daemon: await spawnDaemon({ args: argsFor(paths, bootstrap), logFile: paths.log }) })
    }
    const [first, ...others] = homes
    if (first !== undefined) await start(first, [])
    const bootstrap = daemons[0]?.daemon.ready.addresses ?? []
    for (const started of await Promise.allSettled(others.map((paths) => start(paths, bootstrap))))
      if (started.status === 'rejected') throw started.reason
    poster = await startPoster(join(folder, 'poster'), homes, daemons)
    const posterInfo = poster.info()
    return {
      ...{ networkId, daemons, poster, hostile, hostileHome: founded.hostileHome, stop },
      posterKey: posterInfo.peer,
      posterAddresses: posterInfo.addresses,
      victims: (role) => victimsOf(founded, { kind, role }),
      unfunded: Array.from({ length: OTHER_ACCOUNTS }, () => unfundedOf(view, hostile[0]?.key ?? '')),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Founded {
  readonly homes: readonly Paths[]
  readonly hostile: readonly KeyPair[]
  readonly hostileHome: string
  readonly wallets: readonly Signer[]
  /** Wallets that were given out: an account that was attacked once may be slow for longer. */
  readonly used: Set<PeerKey>
  readonly view: RegistryView
  readonly networkId: string
}

/** The same signed roster into each folder. */
async function found(folder: string, kind: Attack['arena']): Promise<Founded> {
  const homes = Array.from({ length: DAEMONS }, (_, i) => pathsFor(join(folder, `peer-${i + 1}`)))
  const hostilePaths = pathsFor(join(folder, 'hostile'))
  const members: { peer: PeerKey; owner: PeerKey; name: string }[] = []
  for (const [i, paths] of [...homes, hostilePaths].entries()) {
    makeFolders(paths)
    const { key } = await loadOrCreatePeerKey(paths.home)
    members.push({ peer: key, owner: (await createWallet(paths.wallet)).key, name: `peer-${i + 1}` })
  }
  const more = Array.from({ length: kind === 'offers' ? HOSTILE_OFFERS - 1 : 0 }, generateKeyPair)
  for (const [i, { key }] of more.entries())
    members.push({ peer: key, owner: generateKeyPair().key, name: `hostile-${i + 2}` })
  const hostile = [await loadOrCreatePeerKey(hostilePaths.home), ...more]
  const wallets = Array.from({ length: WALLETS }, () => generateKeyPair().signer)
  const nowMs = Date.now()
  // One reading of the clock, so that every folder holds the same bytes.
  const clock = { ...createSystemClock(), wallMs: () => nowMs }
  const founder = generateKeyPair().signer
  const openCredit = kind === 'offers' ? CREDIT : 0n
  const terms = { founder, members, creditLine: CREDIT, openCredit, wallets: wallets.map(({ key }) => key), clock }
  let networkId = ''
  for (const { roster: dir } of [...homes, hostilePaths]) networkId = (await createRoster({ dir, ...terms })).networkId
  const view = openHistory(openFiles(hostilePaths.roster), networkId).newest()?.view
  if (view === undefined) throw new Error('the roster that was just signed cannot be read')
  return { homes, hostile, hostileHome: hostilePaths.home, wallets, used: new Set(), view, networkId }
}

function argsFor(paths: Paths, bootstrap: readonly string[]): string[] {
  const network = ['--listen', '/ip4/127.0.0.1/tcp/0', '--port', '0', '--no-mdns']
  // Offences are told at this level.
  const rest = ['--slots', '64', '--engines', 'noop', '--log-level', 'debug']
  return ['--home', paths.home, ...network, ...rest, ...bootstrap.flatMap((address) => ['--bootstrap', address])]
}

async function startPoster(home: string, homes: readonly Paths[], daemons: readonly ArenaDaemon[]): Promise<Peer> {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  cpSync(homes[0]?.roster ?? '', join(home, 'roster'), { recursive: true })
  const settings = {
    ...defaultSettings({ cores: 1, memoryBytes: 2 ** 30 }),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: daemons.flatMap(({ daemon }) => daemon.ready.addresses),
    mdns: false,
    engines: ['noop'],
    slots: 0,
  }
  const log = createLog({ level: 'error', destination: process.stderr })
  const onFatal = (error: unknown): never => {
    throw error
  }
  const peer = await createPeer({ settings, paths: pathsFor(home), log, version: 'attack', onFatal })
  await peer.start()
  const daemonKeys = new Set(daemons.map(({ daemon }) => daemon.ready.peer))
  const known = (): number =>
    peer.peers().filter((other) => daemonKeys.has(other.peer) && other.connected && other.offer !== null).length
  const lastMs = performance.now() + 60_000
  while (known() < daemons.length) {
    if (performance.now() > lastMs) throw new Error(`the poster knows the offers of ${known()} daemons only`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return peer
}

/** Honest wallets: of the listed ones, or where all have credit and few fit, the first keys found that fit. */
function victimsOf(founded: Founded, { kind, role }: { kind: Attack['arena']; role: Role }): readonly Signer[] {
  const { view, wallets, hostile, used } = founded
  const hostileKeys = new Set(hostile.map(({ key }) => key))
  const fits = (key: PeerKey): boolean => {
    const { witnesses, n, q } = drawCommittee(view, key)
    const honest = witnesses.filter((peer) => !hostileKeys.has(peer)).length
    return role === 'witness' ? honest === n - 1 : kind === 'offers' ? honest >= q : honest === n
  }
  const fitting = wallets.filter(({ key }) => !used.has(key) && fits(key)).slice(0, VICTIMS)
  for (let i = 0; kind === 'offers' && fitting.length < VICTIMS && i < TRIES; i++) {
    const signer = signerFromSeed(crypto.getRandomValues(new Uint8Array(32)))
    if (fits(signer.key)) fitting.push(signer)
  }
  if (fitting.length < VICTIMS) throw new Error('too few wallets have the committee that is looked for: try again')
  for (const { key } of fitting) used.add(key)
  return fitting
}

function unfundedOf(view: RegistryView, witness: PeerKey): PeerKey {
  for (let i = 0; i < TRIES; i++) {
    const { key } = signerFromSeed(crypto.getRandomValues(new Uint8Array(32)))
    if (drawCommittee(view, key).witnesses.includes(witness)) return key
  }
  throw new Error('no key has the committee that is looked for')
}

async function stopAll(daemons: readonly ArenaDaemon[], poster: Peer | undefined): Promise<void> {
  await poster?.stop()
  await Promise.all(daemons.map(({ daemon }) => daemon.stop()))
}

/** The last lines of a daemon's log, for a failure. */
export function lastLines({ paths }: ArenaDaemon): string {
  try {
    return readFileSync(paths.log, 'utf8').trimEnd().split('\n').slice(-5).join('\n')
  } catch {
    return '(it left no log)'
  }
}
