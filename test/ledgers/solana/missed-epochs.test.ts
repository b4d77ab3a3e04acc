import assert from 'node:assert/strict'
import { PublicKey } from '@solana/web3.js'
import { generateKeyPair } from '#node/adapters/keys/keypair.ts'
import { keypairOf } from '#node/adapters/ledgers/solana/cluster.ts'
import { networkRecord } from '#node/adapters/ledgers/solana/epoch.ts'
import type { Key } from '#node/adapters/ledgers/solana/found.ts'
import { addStake, register } from '#node/adapters/ledgers/solana/membership.ts'
import { viewsBetween } from '#node/adapters/ledgers/solana/registry-history.ts'
import { send } from '#node/adapters/ledgers/solana/send.ts'
import { Views } from '#node/adapters/ledgers/solana/views.ts'
import { mint } from '#node/adapters/ledgers/solana/wallet.ts'
import { createMemoryStore } from '#node/adapters/store/memory.ts'
import type { Ledger } from '#node/ports/ledger.ts'
import type { Store } from '#node/ports/store.ts'
import { readNetwork, readSeats } from '#programs/client/read.ts'
import * as registry from '#programs/client/registry.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import { rpc } from '../local-chain/world.ts'
import { until } from './until.ts'
import { World } from './world.ts'

describe('a peer that was away', function () {
  this.timeout(120_000)
  const world = new World()
  const views: RegistryView[] = []
  let early: Store
  before(async () => {
    await world.found({ members: 4, posters: 1 })
    early = createMemoryStore()
    const ledger = await world.ledger(0, { store: early })
    remember(ledger)
    // While nobody of ours looks: one leaves, its seat is taken by another, one sleeps through an epoch, one more
    // comes.
    const gone = world.members[3] ?? assert.fail()
    await renew([0, 1, 2])
    await release(gone.owner, gone.peer.key, 3)
    await pass()
    await renew([0, 2])
    await pass()
    await join()
    await renew([0, 2])
    await pass()
    await renew([0, 1, 2])
    await join()
    await pass()
  })
  after(() => world.end())

  const remember = (ledger: Ledger) => views.push(ledger.registry() ?? assert.fail())
  /** Members by their number hold the seats of the same number. */
  async function renew(numbers: readonly number[]): Promise<void> {
    const { programs, address: network } = world.network
    for (const number of numbers) {
      const signer = keypairOf(world.members[number]?.peer ?? assert.fail())
      const keys = { network, peer: signer.publicKey, signer: signer.publicKey }
      await send(world.network, [await registry.renewSeats(programs, keys, [number])], [signer])
    }
  }
  async function release(owner: Key, peer: string, seat: number): Promise<void> {
    const { programs, address: network } = world.network
    const signer = keypairOf(owner)
    const at = { network, peer: new PublicKey(peer), signer: signer.publicKey }
    await send(world.network, [await registry.releaseSeat(programs, at, seat)], [signer])
  }
  /** A new member registers, stakes and takes the first seat that is free. */
  async function join(): Promise<void> {
    const [peer, owner] = [generateKeyPair(), generateKeyPair()]
    const { network } = world
    const { minStake: stake } = await networkRecord(network)
    await world.airdrop(owner.key)
    await mint(network, world.founder, { to: owner.key, amount: stake })
    await register(network, { peer, owner })
    await addStake(network, { peer: peer.key, owner, amount: stake })
  }
  /** The next epoch, seen by a peer that looks at the right time. */
  async function pass(): Promise<void> {
    const { network, founder } = world
    const { epochSlots } = await networkRecord(network)
    await rpc(world.server, 'weft_warp', [{ slots: Number(epochSlots) + 2 }])
    const payer = keypairOf(founder)
    await send(network, [await registry.advanceEpoch(network.programs, network.address, payer.publicKey)], [payer])
    const seen = await until(async () => {
      const ledger = await world.ledger(1)
      return (ledger.registry()?.epoch ?? 0) > (views.at(-1)?.epoch ?? 0) ? ledger : undefined
    })
    remember(seen)
  }

  it('learns every view that it missed, in order, before it takes part in the newest epoch', async () => {
    const ledger = await world.ledger(0, { store: early })
    assert.equal(ledger.registry()?.epoch, 1)
    const early5: boolean[] = []
    const knowsAll = () => [2, 3, 4].every((epoch) => ledger.registryAt(epoch) !== undefined)
    const changed = () => early5.push(ledger.registry()?.epoch === 5 && !knowsAll())
    await ledger.start({ changed, send() {} })
    await until(() => ledger.registry()?.epoch === 5)
    await ledger.stop()
    for (const view of views) assert.deepEqual(ledger.registryAt(view.epoch), view, `epoch ${view.epoch}`)
    // They are on its disk.
    const stored = await Views.open(early)
    assert.deepEqual(
      views.map(({ epoch }) => stored.at(epoch)),
      views,
    )
    assert.ok(early5.length > 0 && !early5.includes(true))
    assert.ok(new Set(views.map(({ slots }) => JSON.stringify(slots))).size >= 4)
  })

  it('learns them from the founding on if it is new', async () => {
    const ledger = await world.ledger(0)
    assert.equal(ledger.registry()?.epoch, 5)
    await ledger.stop()
    for (const view of views) assert.deepEqual(ledger.registryAt(view.epoch), view, `epoch ${view.epoch}`)
  })

  it('believes no history that does not lead to what the chain says', async () => {
    const { programs, address } = world.network
    const { slot, value: network = assert.fail() } = await readNetwork(programs, address, { commitment: 'finalized' })
    const { value: seats = assert.fail() } = await readSeats(programs, address, {
      commitment: 'finalized',
      minSlot: slot,
    })
    const now = { slot, network, seats }
    assert.equal((await viewsBetween(world.network, undefined, now)).length, 4)
    const [first = assert.fail(), ...rest] = seats
    const changed = [{ ...first, until: first.until + 1n }, ...rest]
    await assert.rejects(viewsBetween(world.network, undefined, { ...now, seats: changed }), /does not lead/)
    await assert.rejects(viewsBetween(world.network, undefined, { ...now, seats: rest }), /does not lead/)
    const beacon = Uint8Array.from(network.beacon).fill(1)
    await assert.rejects(viewsBetween(world.network, undefined, { ...now, network: { ...network, beacon } }), /lead/)
    // Begun in the middle, on an empty table: what came before is missing.
    const from = { slot: slot - 1, network, seats: [] }
    await assert.rejects(viewsBetween(world.network, from, now))
  })
})
