import assert from 'node:assert/strict'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { registryView } from '#programs/client/read.ts'
import { World } from './world.ts'

describe('a job settled on chain', () => {
  it('settles the happy path', async () => {
    const world = await World.create({ peers: 4 })
    const poster = await world.account('poster')
    const view = registryView(world.chain(), world.seats())
    const committee = drawCommittee(view, poster.publicKey.toBase58())
    assert.deepEqual(world.committee(poster.publicKey).witnesses.map(String), committee.witnesses)
    const payee = world.wallet('payee', 0n)
    await world.openBalance(payee.publicKey)
    const state = await world.settleTotals(poster.publicKey, new Map([[payee.publicKey.toBase58(), 1_000n]]))
    world.pass(await world.claim(poster.publicKey, state, payee.publicKey))
    assert.equal(world.balance(payee.publicKey)?.credited, 975n)
    world.checkConservation()
  })
})
