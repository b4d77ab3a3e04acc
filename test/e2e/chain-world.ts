/** The e2e world on a local chain: `dist/weft.js chain`, a network founded on it, and its peers configured for it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createWallet, loadOrCreatePeerKey, loadWallet } from '#node/adapters/keys/files.ts'
import type { KeyPair } from '#node/adapters/keys/keypair.ts'
import { type ChainNetwork, findNetwork } from '#node/adapters/ledgers/solana/cluster.ts'
import { beginNextEpoch, callChain, networkRecord } from '#node/adapters/ledgers/solana/epoch.ts'
import { requestLamports } from '#node/adapters/ledgers/solana/faucet.ts'
import { developmentRules, foundNetwork, type NewMember, provision } from '#node/adapters/ledgers/solana/found.ts'
import { makeFolders, type Paths } from '#node/config/paths.ts'
import { World, type WorldOptions } from './world.ts'

const WEFT = fileURLToPath(new URL('../../dist/weft.js', import.meta.url))
const SOL = 1_000_000_000n
/** Micro-credits in the poster's account and, as tokens, in its wallet. */
export const DEPOSIT = 100_000_000n
export const POCKET = 10_000_000n
const EPOCH_SLOTS = 54_000n

export interface ChainWorld {
  readonly world: World
  readonly chain: ChainNetwork
  readonly members: readonly (NewMember & { readonly owner: KeyPair })[]
  readonly treasury: KeyPair
  readonly stake: bigint
  fault(change: object): Promise<void>
  end(): Promise<void>
}

export async function startChainWorld(options: Omit<WorldOptions, 'found'>): Promise<ChainWorld> {
  const founded: { value?: Founded } = {}
  let server: Server | undefined
  const end = async (world?: World): Promise<void> => {
    server?.child.kill('SIGKILL')
    await server?.ended
    await world?.end()
  }
  try {
    const world = await World.start({
      ...options,
      found: async (folder, paths) => {
        server = await startChain(folder)
        founded.value = await found(folder, paths, server.rpcUrl)
        return { signer: founded.value.user.signer }
      },
    })
    if (founded.value === undefined) throw new Error('unreachable')
    const { chain } = founded.value
    const fault = async (change: object): Promise<void> => {
      const done = await callChain(chain.rpcUrl, 'weft_setFaults', [change])
      if (done === undefined) throw new Error(`the chain refused ${JSON.stringify(change)}`)
    }
    return { world, ...founded.value, fault, end: () => end(world) }
  } catch (error) {
    await end()
    throw error
  }
}

type Founded = Pick<ChainWorld, 'chain' | 'members' | 'treasury' | 'stake'> & { readonly user: KeyPair }
type Server = Awaited<ReturnType<typeof startChain>>

async function startChain(folder: string) {
  const log = openSync(join(folder, 'chain.log'), 'a')
  const args = ['chain', '--state', join(folder, 'chain'), '--port', '0', '--slot-ms', '100', '--ready-json']
  const child = spawn(process.execPath, [WEFT, ...args, '--exit-with-parent'], { stdio: ['pipe', 'pipe', log] })
  closeSync(log)
  const ended = once(child, 'exit').then(() => undefined)
  const [line] = await once(createInterface({ input: child.stdout ?? process.stdin }), 'line')
  return { child, ended, rpcUrl: String(Object(JSON.parse(String(line))).rpcUrl) }
}

/** Keys and wallets, a network whose first epoch has begun, and each folder's settings. */
async function found(folder: string, homes: readonly Paths[], rpcUrl: string): Promise<Founded> {
  const founder = await createWallet(join(folder, 'founder.json'))
  const treasury = await createWallet(join(folder, 'treasury.json'))
  await createWallet(join(folder, 'wallet.json'))
  const user = await loadWallet(join(folder, 'wallet.json'))
  const members: { peer: KeyPair; owner: KeyPair }[] = []
  for (const paths of homes) {
    makeFolders(paths)
    members.push({ peer: await loadOrCreatePeerKey(paths.home), owner: await createWallet(paths.wallet) })
  }
  const chain = await findNetwork(rpcUrl, 'e2e')
  await requestLamports(chain, founder.key, 1_000n * SOL)
  await requestLamports(chain, treasury.key, SOL)
  const rules = developmentRules(EPOCH_SLOTS)
  const { mint } = await foundNetwork(chain, { founder, rules, treasury: treasury.key })
  const { minStake: stake } = await networkRecord(chain)
  const posters = [{ wallet: user, deposit: DEPOSIT, tokens: DEPOSIT + POCKET }]
  await provision(chain, { founder, mint, stake, members, posters })
  await beginNextEpoch(chain, { cranker: founder, signal: AbortSignal.timeout(60_000) })
  const settings = { network: rpcUrl, networkName: 'e2e', settleSeconds: 2, settleMin: 0, pricePerSecond: 10_000 }
  const lines = Object.entries({ ...settings, engines: '[python, noop]' }).map(([name, value]) => `${name}: ${value}\n`)
  for (const home of [folder, ...homes.map((paths) => paths.home)])
    writeFileSync(join(home, 'config.yaml'), lines.join(''))
  return { chain, members, treasury, stake, user }
}
