/** Where a command about the chain works: the network that flags or settings name, and the wallet that pays. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createWallet, loadWallet } from '#node/adapters/keys/files.ts'
import type { KeyPair } from '#node/adapters/keys/keypair.ts'
import { type ChainNetwork, findNetwork, rpcUrlOf } from '#node/adapters/ledgers/solana/cluster.ts'
import { WeftError } from '#protocol/errors.ts'
import { parseDecimal } from '#protocol/job/units.ts'
import type { CommonOptions } from '../command/define.ts'
import { clientHome, configOf, DEV_FOLDER } from '../command/home.ts'
import { type ClusterFlags, clusterFlag } from './cluster-flag.ts'

/** Options of every command about the chain. */
export interface ChainCommandOptions extends CommonOptions, ClusterFlags {
  readonly networkName?: string
  readonly keypair?: string
}

export interface ChainHome {
  readonly chain: ChainNetwork
  /** Folder of the peer, or of a local network. */
  readonly folder: string
  /** File of the wallet that pays. */
  readonly walletFile: string
}

/**
 * The network: by flags, else of the settings, else of `weft dev` while it runs. LEDGER_OTHER if that is a private
 * one; CHAIN_UNREACHABLE if its cluster does not answer.
 */
export async function chainHome(options: ChainCommandOptions): Promise<ChainHome> {
  const home = clientHome(options)
  const flags = { network: clusterFlag(options), networkName: options.networkName }
  const inDev = home.wallet !== home.paths.wallet
  const folder = inDev ? dirname(home.wallet) : home.paths.home
  const { settings } = configOf(inDev ? { ...options, home: join(home.paths.home, DEV_FOLDER) } : options, flags)
  if (settings.network === 'roster')
    throw new WeftError('LEDGER_OTHER', `${folder} belongs to no network on Solana`, {
      data: { next: 'name the cluster with -u, or start one: weft dev' },
    })
  const walletFile = options.keypair === undefined ? home.wallet : resolve(options.keypair)
  return { chain: await findNetwork(rpcUrlOf(settings.network), settings.networkName), folder, walletFile }
}

/**
 * The wallet that signs: what `-k` names, else this folder's own. Solana's own id.json is never used unless it is
 * named.
 */
export async function payingWallet({ walletFile }: ChainHome): Promise<KeyPair> {
  return existsSync(walletFile) ? loadWallet(walletFile) : createWallet(walletFile)
}

/** Credits in `text` as micro-credits, more than zero. USAGE says what is wrong. */
export function amountOf(text: string | undefined): bigint {
  const amount = text === undefined ? undefined : parseDecimal(text, 6)
  if (amount !== undefined && amount > 0n) return amount
  throw new WeftError('USAGE', `${text ?? 'nothing'} is not an amount of credits, such as 2.5`)
}
