import assert from 'node:assert/strict'
import { decodeState, encodeState } from '#protocol/account/codec.ts'
import { headerOf } from '#protocol/account/state.ts'
import { step } from '#protocol/account/step.ts'
import { decode, encode, type Plain } from '#protocol/wire/canonical.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import { DOMAIN, World } from './world.ts'

describe('a state as bytes', () => {
  it('comes back with the same root', () => {
    const world = new World()
    world.completed()
    world.running()
    world.placed({ comparator: { type: 'numeric', absoluteNano: 1, relativePpm: 2 } })
    const back = decodeState(encodeState(world.state), DOMAIN)
    assert.ok(back)
    assert.deepEqual(back, world.state)
    assert.deepEqual(encodeHeader(headerOf(back, DOMAIN)), encodeHeader(headerOf(world.state, DOMAIN)))
  })

  it('goes on the same even if a sender ordered its jobs otherwise, which the root does not show', () => {
    const world = new World(5)
    world.take(Array.from({ length: 6 }, (_, i) => world.job({ seq: i + 1 })))
    const reordered = encode(reversedJobs(decode(encodeState(world.state))))
    const other = decodeState(reordered, DOMAIN)
    assert.ok(other)
    assert.deepEqual(encodeHeader(headerOf(other, DOMAIN)), encodeHeader(headerOf(world.state, DOMAIN)))
    const inputs = world.offers(world.peers, { profile: { slots: 2 } })
    const entry = world.entry(inputs)
    const bodies = new Map(inputs.map((envelope) => [envelope.id, envelope]))
    const ours = step(world.state, entry, bodies, world.rules)
    const theirs = step(other, entry, bodies, world.rules)
    assert.ok(ours && theirs)
    assert.deepEqual(headerOf(theirs.state, DOMAIN), headerOf(ours.state, DOMAIN))
  })

  it('is refused when a record and a signed job do not belong together, or it is no state', () => {
    const world = new World()
    world.placed()
    world.placed()
    const value = decode(encodeState(world.state))
    assert.ok(value !== null && typeof value === 'object' && 'jobs' in value && Array.isArray(value['jobs']))
    const pairs = value['jobs'] as readonly (readonly [Uint8Array, Uint8Array])[]
    const swapped = pairs.map(([record], i) => [record, pairs[1 - i]?.[1] ?? record])
    assert.equal(decodeState(encode({ ...value, jobs: swapped }), DOMAIN), undefined)
    assert.equal(decodeState(encode({ ...value, lastSeq: -1 }), DOMAIN), undefined)
    assert.equal(decodeState(encode({ ...value, more: 1 }), DOMAIN), undefined)
    assert.equal(decodeState(new Uint8Array([1, 2, 3]), DOMAIN), undefined)
  })
})

function reversedJobs(value: Plain | undefined): Plain {
  assert.ok(value !== null && typeof value === 'object' && 'jobs' in value && Array.isArray(value['jobs']))
  return { ...(value as { readonly [key: string]: Plain }), jobs: [...(value['jobs'] as readonly Plain[])].reverse() }
}
