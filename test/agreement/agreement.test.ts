/** Random schedules over every row of the committee table. WEFT_SCHEDULES=10 runs ten times as many; WEFT_SEED starts elsewhere. */
import assert from 'node:assert/strict'
import { HABITS } from './byzantine.ts'
import { type Outcome, type Plan, runSchedule } from './world.ts'

const factor = Number(process.env['WEFT_SCHEDULES'] ?? 1)
const firstSeed = Number(process.env['WEFT_SEED'] ?? 1)

describe('agreement', function () {
  this.timeout(600_000 * factor)

  it('holds S1, S2, S3 and serves every input: 1 witness that crashes', () => {
    assert.ok(run(1_200, { n: 1, f: 0, byzantine: 0 }).crashes > 0)
  })

  it('holds S1, S2, S3 and serves every input: 3 witnesses that crash', () => {
    assert.ok(run(200, { n: 3, f: 0, byzantine: 0 }).crashes > 0)
  })

  it('holds S1, S2, S3 and serves every input: 4 witnesses that crash', () => {
    assert.ok(run(100, { n: 4, f: 1, byzantine: 0 }).crashes > 0)
  })

  for (const habit of HABITS) {
    it(`holds S1, S2, S3 and serves every input: 4 witnesses, one Byzantine that ${habit}`, () => {
      run(30, { n: 4, f: 1, byzantine: 1, habit })
    })
  }

  it('holds S1, S2, S3 and serves every input: 7 witnesses, two Byzantine with any habits', () => {
    run(20, { n: 7, f: 2, byzantine: 2 })
  })

  it('convicts at least 2q - n liars and nobody else when more than f break it', () => {
    let forks = 0
    for (const plan of [
      { n: 3, f: 0, byzantine: 1 },
      { n: 4, f: 1, byzantine: 2 },
      { n: 7, f: 2, byzantine: 3 },
    ]) {
      forks += run(20, plan).forks
    }
    assert.ok(forks > 0, 'the liars never broke it: the test shows nothing')
  })
})

/** Runs `count` schedules of one kind and adds their outcomes up. A failure names its seed. */
function run(count: number, plan: Omit<Plan, 'seed'>): Outcome {
  const sum = { heights: 0, forks: 0, crashes: 0, healedMs: 0, highestView: 0 }
  for (let seed = firstSeed; seed < firstSeed + count * factor; seed++) {
    try {
      const outcome = runSchedule({ ...plan, seed })
      sum.heights += outcome.heights
      sum.forks += outcome.forks
      sum.crashes += outcome.crashes
      sum.healedMs = Math.max(sum.healedMs, outcome.healedMs)
      sum.highestView = Math.max(sum.highestView, outcome.highestView)
    } catch (error) {
      throw new Error(`schedule ${JSON.stringify({ ...plan, seed })} failed`, { cause: error })
    }
  }
  return sum
}
