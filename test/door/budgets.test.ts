import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ANSWER_BYTES_MIN, Budgets, costs } from '#node/core/door/budgets.ts'
import { asMonotonic } from '#node/core/time.ts'
import { limits } from '#protocol/limits.ts'

const steps = fc.array(fc.record({ pauseMs: fc.nat(2_000), costUs: fc.integer({ min: 1, max: 200_000 }) }))

describe('what a connection may cost', () => {
  it('is its share and a burst in any time, whatever it sends', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        let nowMs = 0
        let spentUs = 0
        const budgets = new Budgets('self', () => asMonotonic(nowMs))
        for (const { pauseMs, costUs } of plan) {
          nowMs += pauseMs
          if (budgets.charge('peer', costUs)) spentUs += costUs
          assert.ok(spentUs <= limits.wasteBurstUs + (nowMs * limits.wasteUsPerSecond) / 1_000)
        }
      }),
    )
  })

  it('does not run out for work that is of use', () => {
    const budgets = new Budgets('self', () => asMonotonic(0))
    for (let i = 0; i < 100_000; i++) {
      assert.ok(budgets.charge('peer', costs.signature))
      budgets.giveBack('peer', costs.signature)
    }
  })

  it('is not what another one costs, and nothing bounds this peer itself', () => {
    const budgets = new Budgets('self', () => asMonotonic(0))
    while (budgets.charge('hostile', costs.signature));
    assert.equal(budgets.charge('honest', costs.signature), true)
    for (let i = 0; i < 100_000; i++) assert.ok(budgets.charge('self', costs.signature))
  })

  it('grows with standing for answers, of which small ones count as well', () => {
    const answers = (standing: 'stranger' | 'member'): number => {
      const budgets = new Budgets('self', () => asMonotonic(0))
      let count = 0
      while (budgets.answer('peer', 0, standing)) count++
      return count
    }
    assert.equal(answers('stranger'), limits.answerBurstBytes / ANSWER_BYTES_MIN)
    assert.equal(answers('member'), answers('stranger') * limits.memberAnswerTimes)
  })
})
