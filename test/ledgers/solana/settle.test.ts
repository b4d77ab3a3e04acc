import assert from 'node:assert/strict'
import { PublicKey } from '@solana/web3.js'
import { generateKeyPair } from '#node/adapters/keys/keypair.ts'
import { networkRecord } from '#node/adapters/ledgers/solana/epoch.ts'
import { createMemoryStore } from '#node/adapters/store/memory.ts'
import type { Ledger } from '#node/ports/ledger.ts'
import { readBalance, readCommittee, readCreditAccount, readNode, readSeats } from '#programs/client/read.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import { closedSlot, rpc } from '../local-chain/world.ts'
import { certify, offer } from './certify.ts'
import { until } from './until.ts'
import { World } from './world.ts'

const deaf = { changed() {}, send() {} }

describe('settlement on chain', function () {
  this.timeout(180_000)
  const world = new World()
  let ledgers: Ledger[] = []
  const ends: Ledger[] = []
  before(() => world.found({ members: 5, posters: 9 }))
  after(() => world.end())
  beforeEach(async () => {
    ledgers = [await world.ledger(0), await world.ledger(1)]
    for (const ledger of ledgers) await start(ledger)
  })
  afterEach(async () => {
    for (const ledger of ends.splice(0)) await ledger.stop()
  })

  const start = async (ledger: Ledger) => {
    await ledger.start(deaf)
    ends.push(ledger)
  }
  const owner = (index: number) => world.members[index]?.owner.key ?? ''
  const poster = (index: number) => world.posters[index]?.key ?? ''
  const account = async (key: string) =>
    (await readCreditAccount(world.network.programs, { network: world.network.address, key: new PublicKey(key) })).value
  const earned = async (payee: string) => {
    const at = { network: world.network.address, payee: new PublicKey(payee) }
    return (await readBalance(world.network.programs, at)).value?.credited ?? 0n
  }
  const settled = (key: string, spent: bigint) => until(async () => ((await account(key))?.spent ?? 0n) >= spent)
  const first = (): Ledger => ledgers[0] as Ledger
  /** As soon as every ledger keeps its seat, however long the machine takes for that. */
  const nextEpoch = async (): Promise<number> => {
    const { programs, address } = world.network
    const { epoch } = await networkRecord(world.network)
    await until(async () =>
      (await readSeats(programs, address)).value?.every((seat) => !seat.held || seat.until !== epoch),
    )
    return world.nextEpoch()
  }
  const fault = (change: object) => rpc(world.server, 'weft_setFaults', [change])

  it('brings a certified header to the chain and pays each payee once, whoever is offered it how often', async () => {
    const [before0, before1] = [await earned(owner(0)), await earned(owner(1))]
    const totals = { [owner(0)]: 600n, [owner(1)]: 400n }
    const certified = certify(world, first(), { account: poster(0), height: 3, totals })
    for (let i = 0; i < 3; i++) offer(ledgers, certified)
    await settled(poster(0), 1_000n)
    // The network keeps 2.5 % of each payee's lifetime total.
    await until(async () => (await earned(owner(0))) - before0 === 585n && (await earned(owner(1))) - before1 === 390n)
    const next = certify(world, first(), { account: poster(0), height: 9, totals: { ...totals, [owner(1)]: 2_400n } })
    offer(ledgers, next)
    offer(ledgers, certified)
    await settled(poster(0), 3_000n)
    await until(async () => (await earned(owner(1))) - before1 === 2_340n)
    assert.equal((await earned(owner(0))) - before0, 585n)
  })

  it('pays payees that are new to the network, and many of them by proofs', async () => {
    const payees = Array.from({ length: 17 }, () => generateKeyPair().key)
    const totals = Object.fromEntries(payees.map((payee, i) => [payee, 1_000n + BigInt(i)]))
    offer(ledgers, certify(world, first(), { account: poster(1), height: 1, totals }))
    await until(async () => {
      const all = await Promise.all(payees.map(earned))
      return all.every((amount) => amount > 0n)
    })
    assert.equal((await account(poster(1)))?.spent, 17_136n)
  })

  it('settles when a chain that stalled is back, also after a restart in between', async () => {
    await fault({ stall: true })
    const store = createMemoryStore()
    const ledger = await world.ledger(2, { store })
    await start(ledger)
    await until(() => ledger.funds(poster(2)))
    offer([ledger], certify(world, ledger, { account: poster(2), height: 5, totals: { [owner(3)]: 500n } }))
    assert.ok((ledger.funds(poster(2))?.total ?? 0n) > 0n, 'funds are known while the chain stalls')
    await ledger.stop()
    const again = await world.ledger(2, { store })
    assert.equal(again.registry()?.epoch, 1)
    await start(again)
    assert.equal((await account(poster(2)))?.spent, 0n)
    await fault({ stall: false })
    await settled(poster(2), 500n)
  })

  it('settles again what the chain rolled back', async () => {
    await fault({ finalizeSlots: 1_000 })
    const slot = await closedSlot(world.server)
    offer(ledgers, certify(world, first(), { account: poster(3), height: 1, totals: { [owner(0)]: 700n } }))
    await settled(poster(3), 700n)
    // Stalled, or they settle again before we look.
    await fault({ rollBackTo: slot, stall: true })
    assert.equal((await account(poster(3)))?.spent, 0n, 'the roll back undid the settlement')
    await fault({ finalizeSlots: 4, stall: false })
    await settled(poster(3), 700n)
  })

  it('sends nothing for an uncertified header, and does not give up when it was refused', async () => {
    const good = certify(world, first(), { account: poster(4), height: 2, totals: { [owner(0)]: 10n } })
    const forged = { ...good, header: { ...good.header, spent: 11n } }
    offer(ledgers, forged)
    const refused = ({ message, fields }: { message: string; fields: Record<string, unknown> }) =>
      message === 'settlement not sent' && fields['account'] === poster(4)
    await until(() => world.log.lines.some(refused))
    assert.equal((await account(poster(4)))?.spent, 0n)
    offer(ledgers, certify(world, first(), { account: poster(4), height: 3, totals: { [owner(0)]: 12n } }))
    await settled(poster(4), 12n)
  })

  it('follows the network into the next epoch: seats renewed, the seal settled, rent taken back', async () => {
    const all = [...ledgers, await world.ledger(2), await world.ledger(3), await world.ledger(4)]
    for (const ledger of all.slice(2)) await start(ledger)
    const totals = { [owner(0)]: 100n }
    offer(all, certify(world, first(), { account: poster(6), height: 1, totals }))
    await settled(poster(6), 100n)
    assert.equal(await nextEpoch(), 2)
    await until(() => all.every((ledger) => ledger.registry()?.epoch === 2))
    assert.deepEqual(first().registryAt(1), all[4]?.registryAt(1))
    offer(all, certify(world, first(), { account: poster(6), height: 2, totals, epoch: 1, sealed: true }))
    await until(async () => (await account(poster(6)))?.epoch === 2n)
    offer(all, certify(world, first(), { account: poster(6), height: 3, totals: { [owner(0)]: 200n } }))
    await settled(poster(6), 200n)
    const committee = { network: world.network.address, key: new PublicKey(poster(6)), epoch: 1n }
    await until(async () => (await readCommittee(world.network.programs, committee)).value === undefined)
  })

  it('moves an account on whose epoch passed without a settlement', async () => {
    const all = [...ledgers, await world.ledger(2), await world.ledger(3), await world.ledger(4)]
    for (const ledger of all.slice(2)) await start(ledger)
    const at = async (epoch: number) => {
      await until(() => all.every((ledger) => ledger.registry()?.epoch === epoch))
      offer(all, certify(world, first(), { account: poster(7), height: epoch, totals: { [owner(0)]: 50n }, epoch }))
    }
    await at(await nextEpoch())
    // Late, it goes on in an epoch whose beacon nobody knows yet.
    const epoch = Number(
      await until(async () => ((await account(poster(7)))?.epoch ?? 0n) > 1n && (await account(poster(7)))?.epoch),
    )
    while ((first().registry()?.epoch ?? 0) < epoch) await at(await nextEpoch())
    await settled(poster(7), 50n)
  })

  it('takes the stake of a witness that signed two headers of one height', async () => {
    const a = certify(world, first(), { account: poster(5), height: 1, totals: { [owner(0)]: 1n } })
    const b = certify(world, first(), { account: poster(5), height: 1, totals: { [owner(0)]: 2n } })
    const [guilty = '', signature = new Uint8Array()] = [...a.signatures][0] ?? []
    const proof = [
      { headerBytes: encodeHeader(a.header), signature },
      { headerBytes: encodeHeader(b.header), signature: b.signatures.get(guilty) ?? new Uint8Array() },
    ] as const
    for (const ledger of ledgers) ledger.offerEvidence?.(guilty, proof)
    const at = { network: world.network.address, peer: new PublicKey(guilty) }
    await until(async () => (await readNode(world.network.programs, at)).value?.slashed)
  })
})
