/**
 * The chain below a local network: founds it, registers its peers, funds the user. By the same code on a chain of our
 * own or on any cluster.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { createWallet, loadWallet } from '#node/adapters/keys/files.ts'
import type { KeyPair } from '#node/adapters/keys/keypair.ts'
import { findNetwork, rpcUrlOf } from '#node/adapters/ledgers/solana/cluster.ts'
import { beginNextEpoch, isLocalChain, networkRecord } from '#node/adapters/ledgers/solana/epoch.ts'
import { requestLamports } from '#node/adapters/ledgers/solana/faucet.ts'
import { developmentRules, foundNetwork, type NewMember, provision } from '#node/adapters/ledgers/solana/found.ts'
import { atMost } from '#node/ports/at-most.ts'
import { WeftError } from '#protocol/errors.ts'
import { failure } from '../command/errors.ts'
import { type Child, spawnChain } from '../dev/children.ts'

export interface ChainNetworkOptions {
  readonly folder: string
  readonly members: readonly NewMember[]
  /** Folders of the peers: commands that name one find the chain by it. */
  readonly homes: readonly string[]
  /** The user's wallet: gets an account with credits. */
  readonly user: KeyPair
  /** A cluster, by name or URL; a chain of our own if there is none. */
  readonly cluster?: string | undefined
  /** The wallet that pays on a cluster that is not ours. */
  readonly keypair?: string | undefined
  /** What happens, for people. */
  readonly onStep?: ((text: string) => void) | undefined
  readonly signal: AbortSignal
}

export interface ChainNetwork {
  readonly rpcUrl: string
  readonly name: string
  /** Process of the chain, where it is ours. */
  readonly pid: number | undefined
  /** Flags for each `weft up`. */
  readonly flags: readonly string[]
  /** Stops our chain. Idempotent. */
  stop(): Promise<void>
}

/** Micro-credits in the user's account, and in its wallet beside it. */
const DEPOSIT = 100_000_000n
const POCKET = 900_000_000n
const FOUNDER_LAMPORTS = 1_000_000_000_000n
/** A slot of our own chain: a quarter of a cluster's, so that finality takes half a second. */
const SLOT_MS = 100
/** About an hour and a half on our own chain; on another it would be waited for, so it is a minute. */
const EPOCH_SLOTS_LOCAL = 54_000n
const EPOCH_SLOTS = 150n
/** Longest wait for the first epoch. */
const EPOCH_TIMEOUT_MS = 180_000
/** Everything on a development network settles soon, however little it is. */
const SETTLE_FLAGS = ['--settle-seconds', '1', '--settle-min', '0'] as const

const CONFIG_HEAD = '# Written by weft dev.\n'
const recordSchema = z.object({ name: z.string() })

/**
 * Starts or reaches the chain; founds the network in `folder` on the first run. CHAIN_* errors say what the chain
 * refused.
 */
export async function startChainNetwork(options: ChainNetworkOptions): Promise<ChainNetwork> {
  const { folder, cluster, onStep } = options
  const own = cluster === undefined ? await startOwn(folder) : undefined
  try {
    const rpcUrl = own?.ready.rpcUrl ?? rpcUrlOf(cluster ?? '')
    if (own !== undefined) onStep?.(`chain   a local Solana VM, pid ${own.pid}, ${rpcUrl}`)
    const name = await foundOnce(rpcUrl, options)
    for (const home of [folder, ...options.homes]) writeConfig(join(home, 'config.yaml'), { rpcUrl, name })
    const flags = ['-u', rpcUrl, '--network-name', name, ...SETTLE_FLAGS]
    return { rpcUrl, name, pid: own?.pid, flags, stop: async () => own?.stop() }
  } catch (error) {
    await own?.stop()
    throw error
  }
}

/** Our own file is written anew, because the port changes; one that somebody wrote stays. */
function writeConfig(path: string, { rpcUrl, name }: { rpcUrl: string; name: string }): void {
  if (existsSync(path) && !readFileSync(path, 'utf8').startsWith(CONFIG_HEAD)) return
  writeFileSync(path, `${CONFIG_HEAD}network: ${rpcUrl}\nnetworkName: ${name}\n`, { mode: 0o600 })
}

function startOwn(folder: string): Promise<Child<{ rpcUrl: string; pid: number }>> {
  const args = ['--state', join(folder, 'chain'), '--port', '0', '--slot-ms', String(SLOT_MS)]
  return spawnChain({ args, logFile: join(folder, 'chain.log') })
}

/** Name of the network of this folder, which is founded if it is not there yet. */
async function foundOnce(rpcUrl: string, options: ChainNetworkOptions): Promise<string> {
  const record = join(options.folder, 'chain.json')
  if (existsSync(record)) return recordSchema.parse(JSON.parse(readFileSync(record, 'utf8'))).name
  const local = await isLocalChain(rpcUrl)
  const name = `dev-${randomBytes(6).toString('hex')}`
  const founder = await founderOf(options, local)
  const treasury = await createWallet(join(options.folder, 'treasury.json'))
  const chain = await findNetwork(rpcUrl, name)
  if (local) await requestLamports(chain, founder.key, FOUNDER_LAMPORTS)
  const rules = developmentRules(local ? EPOCH_SLOTS_LOCAL : EPOCH_SLOTS)
  const { mint } = await foundNetwork(chain, { founder, rules, treasury: treasury.key })
  const { minStake: stake } = await networkRecord(chain)
  const posters = [{ wallet: options.user, deposit: DEPOSIT, tokens: DEPOSIT + POCKET }]
  await provision(chain, { founder, mint, stake, members: options.members, posters })
  options.onStep?.(
    `chain   network ${name}: ${options.members.length} peers registered and staked, the wallet has credits`,
  )
  await atMost(EPOCH_TIMEOUT_MS, options.signal, (signal) => beginNextEpoch(chain, { cranker: founder, signal }))
  writeFileSync(record, `${JSON.stringify({ name })}\n`, { mode: 0o600 })
  return name
}

/** Who founds and mints: a new key with play money on a chain of ours, elsewhere the wallet that was named. */
async function founderOf({ folder, keypair }: ChainNetworkOptions, local: boolean): Promise<KeyPair> {
  if (keypair !== undefined) return loadWallet(keypair)
  if (!local)
    throw failure(
      'USAGE',
      'a network on this cluster costs SOL, and no wallet was named',
      'name one with -k <keypair.json>',
    )
  return createWallet(join(folder, 'founder.json'))
}

/** The key that mints on the network of `folder`. NOT_PERMITTED if it is not there. */
export async function mintAuthority(folder: string): Promise<KeyPair> {
  const path = join(folder, 'founder.json')
  if (existsSync(path)) return loadWallet(path)
  throw new WeftError('NOT_PERMITTED', `${folder} does not hold the key of the mint`, {
    data: { next: 'weft dev, then weft credits mint' },
  })
}
