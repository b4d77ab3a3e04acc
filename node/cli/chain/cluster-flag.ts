/** `-u` and `--ledger`: which network is meant. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'

export interface ClusterFlags {
  /** `-u`: localnet, devnet, …, a URL, or `solana` for the one in Solana's own configuration. */
  readonly url?: string
  /** `roster` or `solana`. */
  readonly ledger?: string
}

const SOLANA_CONFIG = ['.config', 'solana', 'cli', 'config.yml'] as const

/** The `network` setting that the flags ask for; undefined if they say nothing. USAGE if they contradict each other. */
export function clusterFlag({ url, ledger }: ClusterFlags): string | undefined {
  if (ledger !== undefined && ledger !== 'roster' && ledger !== 'solana')
    throw new WeftError('USAGE', `--ledger ${ledger} is neither roster nor solana`)
  if (ledger === 'roster') {
    if (url !== undefined) throw new WeftError('USAGE', '-u names a Solana cluster, and --ledger roster needs none')
    return 'roster'
  }
  return url === 'solana' || (ledger === 'solana' && url === undefined) ? solanaUrl() : shortName(url)
}

/** The URL that Solana's own tools use. */
function solanaUrl(): string {
  const path = join(homedir(), ...SOLANA_CONFIG)
  try {
    const parsed = z.object({ json_rpc_url: z.string() }).parse(parseDocument(readFileSync(path, 'utf8')).toJS())
    return parsed.json_rpc_url
  } catch (cause) {
    throw new WeftError('CONFIG_INVALID', `${path} names no cluster`, { cause, data: { next: 'name one with -u' } })
  }
}

/** Solana's tools accept these for short. */
function shortName(url: string | undefined): string | undefined {
  const short: Readonly<Record<string, string>> = {
    l: 'localnet',
    localhost: 'localnet',
    d: 'devnet',
    t: 'testnet',
    m: 'mainnet-beta',
  }
  return url === undefined ? undefined : (short[url] ?? url)
}
