import assert from 'node:assert/strict'
import { sizeFor } from '#protocol/membership/committee.ts'
import { variedScenario } from '#sim/faults/vary.ts'
import { junkNames, type Scenario } from '#sim/scenario.ts'
import { drawn } from '#sim/simulate.ts'

const SEEDS = 2_000

describe('what random seeds draw', () => {
  let all: Scenario[] = []
  before(() => {
    all = Array.from({ length: SEEDS }, (_, i) => drawn(variedScenario(i + 1)))
  })

  it('is at most f attackers of the smallest committee', () => {
    for (const { seed, peers, attackers } of all) {
      const count = Object.values(attackers).reduce((sum, share) => sum + Math.round(share * peers), 0)
      assert.ok(count <= sizeFor(peers).f, `seed ${seed}: ${count} attackers of ${peers} peers`)
    }
  })

  it('has every attacker that sends junk in at least 1 of 100 seeds, and pairs of them', () => {
    const drew = all.map(({ attackers }) => junkNames.filter((name) => attackers[name] !== undefined))
    for (const name of junkNames) {
      const count = drew.filter((names) => names.includes(name)).length
      assert.ok(count >= SEEDS / 100, `${name}: ${count}`)
    }
    assert.ok(drew.filter(({ length }) => length > 1).length >= SEEDS / 50)
  })

  it('leaves some networks that are sent junk without any other fault', () => {
    const calm = all.filter(({ attackers, faults }) => faults.length === 0 && junkNames.some((name) => attackers[name]))
    assert.ok(calm.length >= SEEDS / 20, `${calm.length}`)
  })
})
