import assert from 'node:assert/strict'
import type { Result } from '#protocol/account/inputs.ts'
import { failureDigest } from '#protocol/account/judge.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import { sumTotals } from '#protocol/credits/totals.ts'
import { limits } from '#protocol/limits.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { type OutputOf, outputBytes, ownerOf, resultOf, sameOutput, World } from './world.ts'

/** The first of a job's replicas, best rank first, ends otherwise than the rest. */
function oddOneOut(job: () => JobRecord, odd: ReturnType<OutputOf>): OutputOf {
  return (peer) => (job().seats[0]?.peer === peer ? odd : 'the output')
}

describe('judging', () => {
  it('pays those that agree and the witnesses of the entry before, to the unit', () => {
    const world = new World()
    const id = world.completed()
    const { outcome, seats } = world.record(id)
    assert.equal(outcome?.state, 'completed')
    assert.deepEqual([outcome.verdict?.agreed, outcome.verdict?.of, outcome.verdict?.winners.length], [3, 3, 3])
    assert.equal(outcome.output, blobCid(outputBytes('the output')))
    assert.equal(outcome.charged, 3_000n)
    assert.equal(
      outcome.payments.reduce((sum, { amount }) => sum + amount, 0n),
      3_000n,
    )
    assert.equal(sumTotals(world.state.totals), 3_000n)
    for (const seat of seats.filter(({ role }) => role === 'revealed'))
      assert.ok((world.state.totals.get(ownerOf(world, seat.peer)) ?? 0n) >= 950n)
  })

  it('outvotes, names and does not pay a wrong result', () => {
    const world = new World()
    const id = world.running()
    const output = oddOneOut(() => world.record(id), 'wrong')
    const liar = world.record(id).seats[0]?.peer ?? ''
    world.take(world.commitments(id, output))
    world.take(world.results(id, output))
    const { outcome } = world.record(id)
    assert.deepEqual(outcome?.verdict?.outvoted, [liar])
    assert.ok(!outcome.verdict.winners.includes(liar))
    assert.equal(outcome.charged, 2_000n)
    const paid = outcome.payments.find(({ payee }) => payee === ownerOf(world, liar))
    assert.ok((paid?.amount ?? 0n) < 100n, 'at most its share as a witness')
  })

  it('charges nothing for a program that failed everywhere', () => {
    const world = new World()
    const output: OutputOf = () => ({ code: 'TIME_LIMIT' })
    const id = world.revealing({}, output)
    world.take(world.results(id, output))
    const { outcome } = world.record(id)
    assert.deepEqual([outcome?.state, outcome?.code, outcome?.charged], ['failed', 'TIME_LIMIT', 0n])
    assert.equal(world.state.totals.size, 0)
  })

  it('pays half of the cost where nobody agrees', () => {
    const world = new World()
    const output: OutputOf = (peer) => peer
    const id = world.revealing({}, output)
    world.take(world.results(id, output))
    const { outcome } = world.record(id)
    assert.deepEqual([outcome?.state, outcome?.code, outcome?.charged], ['failed', 'NO_MAJORITY', 1_500n])
  })

  it('waits for all that committed, and judges without those that do not reveal in time', () => {
    const world = new World()
    const id = world.revealing()
    const results = world.results(id)
    world.take(results.slice(0, 2))
    assert.equal(world.record(id).phase, 'revealing')
    world.take(results.slice(0, 2), { laterMs: limits.revealTimeoutMs + 1 })
    assert.deepEqual([world.record(id).outcome?.state, world.record(id).outcome?.verdict?.agreed], ['completed', 2])
  })

  it('ends when nobody reveals', () => {
    const world = new World()
    const id = world.revealing()
    world.take([], { laterMs: limits.revealTimeoutMs + 100 })
    const { outcome } = world.record(id)
    assert.deepEqual([outcome?.state, outcome?.code, outcome?.charged], ['failed', 'NO_MAJORITY', 0n])
  })

  it('never charges beyond the price limit', () => {
    const world = new World()
    const id = world.revealing({ priceMax: 100n * 3n, requirements: { ...world.spec().requirements, timeMs: 100 } })
    world.take(world.results(id, sameOutput, { meterMs: limits.runTimeMaxMs }))
    assert.equal(world.record(id).outcome?.charged, 300n)
  })

  const forged: Record<string, () => Partial<Result>> = {
    'another output than the one committed to': () => ({ output: blobCid(utf8('garbage')) }),
    'no output': () => ({ output: '' }),
    'another digest': () => ({ digest: '0'.repeat(64), output: blobCid(utf8('x')) }),
    'another nonce': () => ({ nonce: new Uint8Array(32) }),
    'the failure of a program that was done': () => ({ status: 'failed', code: 'TIME_LIMIT', output: '' }),
    'a code beside a done result': () => ({ code: 'TIME_LIMIT' }),
    'a body that is not its output': () => ({ body: outputBytes('another output') }),
    'fence 0': () => ({ fence: 0 }),
    'a fence to come': () => ({ fence: 7 }),
  }
  for (const [what, patch] of Object.entries(forged)) {
    it(`does not count a result with ${what}`, () => {
      const world = new World()
      const id = world.revealing()
      const liar = world.record(id).seats[0]
      assert.ok(liar)
      const honest = world.results(id).slice(1)
      const lie = resultOf(id, liar, sameOutput, world.signer(liar.peer), patch())
      world.take([lie, ...honest])
      assert.equal(world.record(id).phase, 'revealing')
      world.take([lie, ...honest], { laterMs: limits.revealTimeoutMs + 1 })
      const { outcome } = world.record(id)
      assert.ok(outcome?.verdict?.winners.includes(liar.peer) === false)
      assert.equal(outcome.output, blobCid(outputBytes('the output')))
      assert.equal(outcome.charged, 2_000n)
    })
  }

  it('does not let one replica turn a common failure into a result', () => {
    const world = new World()
    const output: OutputOf = () => ({ code: 'PROGRAM_FAILED' })
    const id = world.revealing({}, output)
    for (const liar of world.record(id).seats.filter(({ role }) => role === 'committed')) {
      const copy = Object.assign(new World(), {
        state: world.state,
        certificate: world.certificate,
        nowMs: world.nowMs,
      })
      const bytes = utf8('weft/failed/PROGRAM_FAILED')
      const patch = {
        status: 'done',
        code: '',
        digest: failureDigest('PROGRAM_FAILED'),
        output: blobCid(bytes),
      } as const
      const lie = resultOf(id, liar, output, world.signer(liar.peer), patch)
      const honest = world.results(id, output).filter(({ signer }) => signer !== liar.peer)
      copy.take([lie, ...honest], { laterMs: limits.revealTimeoutMs + 1 })
      const { outcome } = copy.record(id)
      assert.deepEqual([outcome?.state, outcome?.code, outcome?.charged], ['failed', 'PROGRAM_FAILED', 0n])
    }
  })

  it('compares carried outputs by content, and refuses a body that is not the committed one', () => {
    const world = new World()
    const comparator = { type: 'numeric', absoluteNano: 1_000_000_000, relativePpm: 0 } as const
    const id = world.running({ comparator })
    const places = new Map(world.record(id).seats.map((seat, i) => [seat.peer, i]))
    const output: OutputOf = (peer) => `x ${10 + (places.get(peer) ?? 0) * 0.25}`
    world.take(world.commitments(id, output))
    const results = world.record(id).seats.flatMap((seat) => {
      const text = output(seat.peer)
      if (seat.role !== 'committed' || typeof text !== 'string') return []
      return [resultOf(id, seat, output, world.signer(seat.peer), { body: outputBytes(text) })]
    })
    const forgedBody = world
      .record(id)
      .seats.slice(0, 1)
      .map((seat) => {
        return resultOf(id, seat, output, world.signer(seat.peer), { body: outputBytes('x 11') })
      })
    world.take([...forgedBody, ...results.slice(1)])
    assert.equal(world.record(id).phase, 'revealing')
    world.take(results)
    const { outcome } = world.record(id)
    assert.deepEqual([outcome?.state, outcome?.verdict?.agreed], ['completed', 3])
    assert.equal(outcome?.verdict?.representative, world.record(id).seats[1]?.peer)
  })

  it('takes a result only from the holder of the seat', () => {
    const world = new World(6)
    const id = world.revealing()
    const seat = world.record(id).seats[0]
    const stranger = world.peers.find((peer) => !world.record(id).seats.some((other) => other.peer === peer.key))
    assert.ok(seat && stranger)
    const stolen = resultOf(id, seat, sameOutput, stranger)
    world.take([stolen, ...world.results(id).slice(1)])
    assert.equal(world.record(id).phase, 'revealing')
  })
})
