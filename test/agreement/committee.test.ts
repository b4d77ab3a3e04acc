import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DRAW_HASHES_MAX, drawCommittee, drawSlot, quorum, sizeFor } from '#protocol/membership/committee.ts'
import { type RegistryView, rosterView } from '#protocol/membership/registry.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { decodeKey, signerFromSeed } from '#protocol/wire/keys.ts'
import { at } from './random.ts'
import { wallet } from './toy-log.ts'

const peers = Array.from({ length: 12 }, (_, i) => signerFromSeed(sha256(utf8(`peer ${i}`))).key)
const owners = Array.from({ length: 12 }, (_, i) => signerFromSeed(sha256(utf8(`owner ${i}`))).key)
const beacon = sha256(utf8('beacon'))

describe('the committee', () => {
  it('has the sizes of the table', () => {
    const rows = Array.from({ length: 11 }, (_, members) => {
      const { n, f } = sizeFor(members)
      return [n, f, quorum(n, f)]
    })
    assert.deepEqual(rows, [
      [0, 0, 1],
      [1, 0, 1],
      [1, 0, 1],
      [3, 0, 2],
      [4, 1, 3],
      [4, 1, 3],
      [4, 1, 3],
      [7, 2, 5],
      [7, 2, 5],
      [7, 2, 5],
      [7, 2, 5],
    ])
  })

  it('is drawn as the specification says', () => {
    const view = roster(9)
    const drawn: string[] = []
    for (let i = 0; drawn.length < 7; i++) {
      const peer = at(peers, drawSlot({ beacon, account: decodeKey(wallet.key), index: i, slots: 9 }))
      if (!drawn.includes(peer)) drawn.push(peer)
    }
    assert.deepEqual(drawCommittee(view, wallet.key).witnesses, drawn)
    // A vector: other implementations of the draw must find the same slots.
    const slots = Array.from({ length: 8 }, (_, i) =>
      drawSlot({ beacon: new Uint8Array(32), account: new Uint8Array(32).fill(7), index: i, slots: 1_000 }),
    )
    assert.deepEqual(slots, [811, 132, 710, 293, 726, 67, 200, 331])
  })

  it('leaves out the members that the account owns, unless there is no other', () => {
    const members = peers.slice(0, 5).map((peer, i) => ({ peer, owner: i < 2 ? wallet.key : at(owners, i) }))
    const committee = drawCommittee(rosterView(1, beacon, members), wallet.key)
    assert.deepEqual(new Set(committee.witnesses), new Set(peers.slice(2, 5)))
    assert.equal(committee.tolerance, 'crashes')
    const own = members.map(({ peer }) => ({ peer, owner: wallet.key }))
    assert.equal(drawCommittee(rosterView(1, beacon, own), wallet.key).tolerance, 'own')
  })

  it('seats all that it needs for any vacancies, each once, even after 64 hashes', () => {
    const vacancy = fc.record({
      vacant: fc.integer({ min: 0, max: 3_000 }),
      count: fc.integer({ min: 1, max: 9 }),
      seed: fc.integer(),
    })
    fc.assert(
      fc.property(vacancy, ({ vacant, count, seed }) => {
        const view: RegistryView = {
          ...roster(count),
          beacon: sha256(utf8(String(seed))),
          slots: [...Array.from({ length: vacant }, () => undefined), ...peers.slice(0, count)],
        }
        const { witnesses, n } = drawCommittee(view, wallet.key)
        assert.equal(witnesses.length, n)
        assert.equal(new Set(witnesses).size, n)
        assert.equal(n, sizeFor(count).n)
      }),
      { numRuns: 60 },
    )
    assert.equal(DRAW_HASHES_MAX, 64)
  })
})

function roster(count: number): RegistryView {
  const members = peers.slice(0, count).map((peer, i) => ({ peer, owner: at(owners, i) }))
  return rosterView(1, beacon, members)
}
