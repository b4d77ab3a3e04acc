import assert from 'node:assert/strict'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { rosterView } from '#protocol/membership/registry.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { signerFromSeed } from '#protocol/wire/keys.ts'
import { register } from '#sim/attackers/grinder.ts'
import { beaconOf } from '#sim/world/chain.ts'

const key = (name: string) => signerFromSeed(sha256(utf8(name))).key
const MEMBERS = 40
const GROUND = 4
const EPOCHS = 2_000

describe('key grinding', () => {
  const account = key('the account that is attacked')
  const members = Array.from({ length: MEMBERS }, (_, i) => ({ peer: key(`member ${i}`), owner: key(`owner ${i}`) }))
  const grinders = new Set(members.slice(0, GROUND).map(({ peer }) => peer))
  const seats = (epoch: number): number => {
    const registered = register(members, grinders, { beacon: beaconOf(1, 0), account })
    const { witnesses } = drawCommittee(rosterView(epoch, beaconOf(1, epoch), registered), account)
    return witnesses.filter((peer) => grinders.has(peer)).length
  }

  it('would work against a beacon that is known: all that were ground are seated', () => {
    assert.equal(seats(0), GROUND)
  })

  it('does not help against one that is fixed later: their share of seats is their share of slots', () => {
    let held = 0
    for (let epoch = 1; epoch <= EPOCHS; epoch++) held += seats(epoch)
    const all = 7 * EPOCHS
    const share = GROUND / MEMBERS
    const sigma = Math.sqrt((share * (1 - share)) / all)
    assert.ok(Math.abs(held / all - share) < 4 * sigma, `${held} of ${all} seats with ${share} of the slots`)
  }).timeout(30_000)
})
