/**
 * A Weft network on a local chain of a test's own: founded, with staked peers and funded posters, in its first epoch.
 */
import { readFile } from 'node:fs/promises'
import { generateKeyPair, type KeyPair } from '#node/adapters/keys/keypair.ts'
import type { LocalChainServer } from '#node/adapters/ledgers/local-chain/server.ts'
import { type ChainNetwork, findNetwork } from '#node/adapters/ledgers/solana/cluster.ts'
import { beginNextEpoch, networkRecord } from '#node/adapters/ledgers/solana/epoch.ts'
import { requestLamports } from '#node/adapters/ledgers/solana/faucet.ts'
import { developmentRules, foundNetwork, type NewMember, provision } from '#node/adapters/ledgers/solana/found.ts'
import { createSolanaLedger } from '#node/adapters/ledgers/solana/ledger.ts'
import { createMemoryStore } from '#node/adapters/store/memory.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import { deployedPrograms } from '#node/cli/chain/deployed-programs.ts'
import type { Ledger } from '#node/ports/ledger.ts'
import type { Store } from '#node/ports/store.ts'
import { World as ChainWorld, SOL } from '../local-chain/world.ts'

const CREDITS = 1_000_000n

export interface Setup {
  readonly members?: number
  /** Of 20 ms. By default a quarter of an hour: no epoch ends by itself, however slow the machine. */
  readonly epochSlots?: bigint
  /** Micro-credits in each poster's account. */
  readonly deposit?: bigint
  readonly posters?: number
}

/** What a test's network consists of. */
export class World extends ChainWorld {
  readonly founder = generateKeyPair()
  readonly treasury = generateKeyPair()
  readonly members: NewMember[] = []
  readonly posters: KeyPair[] = []
  mint = ''
  /** Set by {@link found}. */
  server!: LocalChainServer
  network!: ChainNetwork

  /** A chain with the network `test`, whose epoch 1 has begun. */
  async found({ members = 4, epochSlots = 50_000n, deposit = 100n * CREDITS, posters = 1 }: Setup = {}): Promise<void> {
    const programs = await Promise.all(
      deployedPrograms().map(async ({ id, path }) => ({ id, elf: await readFile(path) })),
    )
    this.server = await this.chain({ programs })
    this.network = await findNetwork(this.server.rpcUrl, 'test')
    for (let i = 0; i < members; i++) this.members.push({ peer: generateKeyPair(), owner: generateKeyPair() })
    for (let i = 0; i < posters; i++) this.posters.push(generateKeyPair())
    await this.airdrop(this.founder.key)
    const rules = developmentRules(epochSlots)
    const { mint } = await foundNetwork(this.network, { founder: this.founder, rules, treasury: this.treasury.key })
    this.mint = mint
    const { minStake: stake } = await networkRecord(this.network)
    const poster = { deposit, tokens: deposit * 2n }
    const wallets = this.posters.map((wallet) => ({ wallet, ...poster }))
    await provision(this.network, { founder: this.founder, mint, stake, members: this.members, posters: wallets })
    await this.nextEpoch()
  }

  async nextEpoch(): Promise<number> {
    // Without daemons nobody renews: the first epoch begins with seats that were taken for it.
    return beginNextEpoch(this.network, { cranker: this.founder, signal: AbortSignal.timeout(60_000) })
  }

  async airdrop(to: string): Promise<void> {
    await requestLamports(this.network, to, 100n * BigInt(SOL))
  }

  /** The ledger of member `index`, not started. */
  async ledger(
    index = 0,
    { store = createMemoryStore(), everyMs = 200 }: { store?: Store; everyMs?: number } = {},
  ): Promise<Ledger> {
    const member = this.members[index]
    if (member === undefined) throw new RangeError(`no member ${index}`)
    await store.open()
    return createSolanaLedger({
      rpcUrl: this.server.rpcUrl,
      name: 'test',
      keys: member.peer,
      store,
      clock: createSystemClock(),
      log: this.log,
      policy: { everyMs, min: 0n },
    })
  }
}
