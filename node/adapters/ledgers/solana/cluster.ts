/** A Solana cluster, and the Weft network on it. */
import { Connection, clusterApiUrl, Keypair, type PublicKey } from '@solana/web3.js'
import { type WeftPrograms, weftPrograms } from '#programs/client/programs.ts'
import { networkAddress } from '#programs/client/registry-pdas.ts'
import { chainError } from './errors.ts'
import { type FetchOptions, fetchWithRetry } from './fetch-with-retry.ts'

/** An answer that takes longer is none: the chain is never waited for. */
const REQUEST_TIMEOUT_MS = 10_000
/** CAIP-2 names a Solana cluster by so many characters of its genesis hash. */
const GENESIS_CHARACTERS = 32

/** A Weft network on a cluster, ready to be read and written. */
export interface ChainNetwork {
  readonly rpcUrl: string
  readonly connection: Connection
  readonly programs: WeftPrograms
  /** `solana:<genesis, CAIP-2>/<name>`: no signature for one cluster counts on another. */
  readonly networkId: string
  /** The network's account. */
  readonly address: PublicKey
}

/** The RPC address that a `network` setting names: a cluster's public name, `localnet`, or a URL. */
export function rpcUrlOf(network: string): string {
  if (network === 'localnet') return 'http://127.0.0.1:8899'
  if (network === 'devnet' || network === 'testnet' || network === 'mainnet-beta') return clusterApiUrl(network)
  return network
}

/** True if the address is of this machine: its chain is asked often, and may give money away. */
export function isLoopback(rpcUrl: string): boolean {
  const { hostname } = new URL(rpcUrl)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}

/**
 * A connection whose requests end after `timeoutMs`, 10 s unless told, each, and at once when `signal` aborts; those
 * answered 429 are asked again. Opens nothing yet.
 */
export function connectTo(rpcUrl: string, policy: Partial<FetchOptions> = {}): Connection {
  return new Connection(rpcUrl, {
    commitment: 'confirmed',
    // Its own retries write to the console.
    disableRetryOnRateLimit: true,
    fetch: (input, init) =>
      fetchWithRetry(String(input), Object(init), { timeoutMs: REQUEST_TIMEOUT_MS, ...policy }) as never,
  })
}

/** The network's id on the cluster that `connection` leads to. CHAIN_UNREACHABLE if it does not answer. */
export async function networkIdOf(connection: Connection, name: string): Promise<string> {
  const genesis = await connection.getGenesisHash().catch((error: unknown) => {
    throw chainError(error, connection.rpcEndpoint)
  })
  return `solana:${genesis.slice(0, GENESIS_CHARACTERS)}/${name}`
}

/** A handle on the network with this id; asks nothing. */
export function chainNetwork(rpcUrl: string, networkId: string, policy: Partial<FetchOptions> = {}): ChainNetwork {
  const connection = connectTo(rpcUrl, policy)
  return { rpcUrl, connection, programs: weftPrograms(connection), networkId, address: networkAddress(networkId) }
}

/** A handle on the network called `name`. CHAIN_UNREACHABLE if the cluster does not answer. */
export async function findNetwork(rpcUrl: string, name: string): Promise<ChainNetwork> {
  return chainNetwork(rpcUrl, await networkIdOf(connectTo(rpcUrl), name))
}

/** A key of ours as web3.js wants it. */
export function keypairOf({ seed }: { readonly seed: Uint8Array }): Keypair {
  return Keypair.fromSeed(seed)
}
