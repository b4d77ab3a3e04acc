/** A whole private network on this machine: folders, keys, one roster, one process per peer. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { createWallet, loadOrCreatePeerKey, loadWallet } from '#node/adapters/keys/files.ts'
import type { KeyPair } from '#node/adapters/keys/keypair.ts'
import { createRoster } from '#node/adapters/ledgers/roster/create.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import { makeFolders, type Paths, pathsFor } from '#node/config/paths.ts'
import { WeftError } from '#protocol/errors.ts'
import { type ClusterFlags, clusterFlag } from '../chain/cluster-flag.ts'
import type { ChainNetwork } from '../chain/network.ts'
import { removeDaemonFile, writeDaemonFile } from '../peer/daemon-file.ts'
import { type ChildDaemon, spawnDaemon } from './children.ts'

/** File that marks a folder as ours to empty. */
const MARKER = 'network.json'
/** Micro-credits that each wallet may owe, and that strangers may: everything is free on a network for development. */
const CREDIT = 1_000_000_000n
/** Peers on one machine: each takes 100 MB. */
const PEERS_MAX = 32

/** A peer's key and its owner's wallet. */
interface Member {
  readonly peer: KeyPair
  readonly owner: KeyPair
}

export interface LocalNetworkOptions {
  readonly folder: string
  readonly peers: number
  /** Go on with the network that is in the folder; it is not removed at the end. */
  readonly keep: boolean
  readonly onPeer?: (index: number, daemon: ChildDaemon) => void
  /** Flags for each `weft up`. */
  readonly flags?: readonly string[]
  /** A private roster, or (by default) a chain: our own, or `cluster`, paid by `keypair`. */
  readonly ledger?: LocalLedger
  /** What happens before the first peer starts. */
  readonly onStep?: (text: string) => void
  readonly signal: AbortSignal
}

export type LocalLedger =
  | { readonly kind: 'roster' }
  | { readonly kind: 'solana'; readonly cluster?: string | undefined; readonly keypair?: string | undefined }

/** The ledger that the flags ask for: a chain of our own unless they say otherwise. */
export function localLedger(flags: ClusterFlags & { readonly keypair?: string | undefined }): LocalLedger {
  const cluster = clusterFlag(flags)
  return cluster === 'roster' ? { kind: 'roster' } : { kind: 'solana', cluster, keypair: flags.keypair }
}

export interface LocalNetwork {
  /** The chain that it settles on; undefined on a roster. */
  readonly chain: ChainNetwork | undefined
  readonly daemons: readonly ChildDaemon[]
  /** The user's wallet file; none of the peers belongs to it. */
  readonly wallet: string
  /** Stops every peer by its process, and removes the folder unless it is kept. Idempotent. */
  stop(): Promise<void>
}

/** Starts it. The peers are ready and know each other's addresses; their offers may still be on the way. */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
  const { folder, peers, keep, signal } = options
  if (peers < 1 || peers > PEERS_MAX) throw new WeftError('USAGE', `--peers is from 1 to ${PEERS_MAX}`)
  claimFolder(folder, keep)
  const homes = Array.from({ length: peers }, (_, i) => pathsFor(join(folder, `peer-${i + 1}`)))
  const wallet = join(folder, 'wallet.json')
  const chain = await found(homes, wallet, options)
  const daemons: ChildDaemon[] = []
  const daemonFile = join(folder, 'daemon.json')
  const stop = once(async () => {
    removeDaemonFile(daemonFile, daemons[0]?.pid ?? 0)
    await Promise.all(daemons.map((daemon) => daemon?.stop()))
    await chain?.stop()
    if (!keep) rmSync(folder, { recursive: true, force: true })
  })
  const start = async (index: number, bootstrap: readonly string[]): Promise<void> => {
    signal.throwIfAborted()
    const daemon = await spawnDaemon({
      args: [...argsFor(homes, index, bootstrap, options), ...(chain?.flags ?? [])],
      logFile: logOf(homes, index),
    })
    daemons[index] = daemon
    options.onPeer?.(index, daemon)
  }
  try {
    await start(0, [])
    const { ready } = daemonAt(daemons, 0)
    writeDaemonFile(daemonFile, { url: ready.url, pid: ready.pid, version: ready.version })
    await settleAll(homes.slice(1).map((_, i) => start(i + 1, ready.addresses)))
    signal.throwIfAborted()
    return { chain, daemons, wallet, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Makes the keys and founds the network on the first run; starts its chain. */
async function found(
  homes: readonly Paths[],
  wallet: string,
  { folder, ledger = { kind: 'solana' }, onStep, signal }: LocalNetworkOptions,
): Promise<ChainNetwork | undefined> {
  const known = existsSync(join(folder, MARKER))
  const user = existsSync(wallet) ? await loadWallet(wallet) : await createWallet(wallet)
  const members: Member[] = []
  for (const paths of homes) {
    makeFolders(paths)
    const owner = existsSync(paths.wallet) ? await loadWallet(paths.wallet) : await createWallet(paths.wallet)
    members.push({ peer: await loadOrCreatePeerKey(paths.home), owner })
  }
  if (ledger.kind === 'roster') {
    if (!known) await foundRoster(homes, members, user)
    writeMarker(folder, homes.length)
    return undefined
  }
  const { startChainNetwork } = await import('../chain/network.ts')
  const { cluster, keypair } = ledger
  const chain = await startChainNetwork({
    ...{ folder, members, user, cluster, keypair, onStep, signal },
    homes: homes.map(({ home }) => home),
  })
  writeMarker(folder, homes.length)
  return chain
}

function writeMarker(folder: string, peers: number): void {
  writeFileSync(join(folder, MARKER), `${JSON.stringify({ peers })}\n`, { mode: 0o600 })
}

/** The same signed roster, of all peers, into each folder. */
async function foundRoster(homes: readonly Paths[], peers: readonly Member[], user: KeyPair): Promise<void> {
  const first = homes[0]
  if (first === undefined) return
  const members = peers.map(({ peer, owner }, i) => ({ peer: peer.key, owner: owner.key, name: `peer-${i + 1}` }))
  const founder = (await createWallet(first.founderKey)).signer
  // One reading of the clock, so that every folder holds the same bytes.
  const now = Date.now()
  const clock = { ...createSystemClock(), wallMs: () => now }
  for (const { roster } of homes)
    await createRoster({
      dir: roster,
      founder,
      members,
      creditLine: CREDIT,
      openCredit: CREDIT,
      wallets: [user.key],
      clock,
    })
}

function argsFor(
  homes: readonly Paths[],
  index: number,
  bootstrap: readonly string[],
  { flags = [] }: LocalNetworkOptions,
): string[] {
  const home = homes[index]?.home ?? ''
  const slots = String(Math.max(1, Math.min(4, cpus().length)))
  const local = [
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--port',
    '0',
    '--no-mdns',
    '--slots',
    slots,
    '--log-level',
    'info',
  ]
  return ['--home', home, ...local, ...bootstrap.flatMap((address) => ['--bootstrap', address]), ...flags]
}

function logOf(homes: readonly Paths[], index: number): string {
  return homes[index]?.log ?? ''
}

/** Empties a folder of an earlier network; refuses any other that holds something. */
function claimFolder(folder: string, keep: boolean): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const content = readdirSync(folder)
  if (content.length === 0) return
  if (!content.includes(MARKER)) {
    const ours = content.every((name) =>
      /^(peer-\d+|(wallet|daemon|founder|treasury|chain)\.json|chain|chain\.log|config\.yaml)$/.test(name),
    )
    if (!ours)
      throw new WeftError('USAGE', `${folder} holds other files`, {
        data: { next: 'choose an empty folder with --home' },
      })
  }
  refuseRunning(folder)
  if (keep) return
  for (const name of content) rmSync(join(folder, name), { recursive: true, force: true })
}

function refuseRunning(folder: string): void {
  try {
    const { pid } = JSON.parse(readFileSync(join(folder, 'daemon.json'), 'utf8')) as { pid?: unknown }
    if (typeof pid === 'number') process.kill(pid, 0)
    else return
  } catch {
    return
  }
  throw new WeftError('DAEMON_RUNNING', `a local network already runs in ${folder}`, { data: { next: 'weft status' } })
}

function daemonAt(daemons: readonly ChildDaemon[], index: number): ChildDaemon {
  const daemon = daemons[index]
  if (daemon === undefined) throw new WeftError('INTERNAL', `peer ${index + 1} is not there`)
  return daemon
}

/** Waits for all, then throws the first failure: no child is left behind unnoticed. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
