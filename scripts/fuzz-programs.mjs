/**
 * Fuzzes the Solana programs: `node --import tsx scripts/fuzz-programs.mjs [--steps 1000000] [--seed N]`. Runs worlds of 5,000
 * transactions each, one seed after the other; a failure prints the seed that replays it.
 */
import { parseArgs } from 'node:util'
import { fuzz } from '../test/programs/fuzz.ts'

const STEPS_PER_WORLD = 5_000
const { values } = parseArgs({
  options: { steps: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
})
const steps = Number(values.steps)
const refusals = new Map()
let passed = 0
let done = 0
for (let seed = Number(values.seed); done < steps; seed++) {
  const report = await fuzz({ seed, steps: Math.min(STEPS_PER_WORLD, steps - done) })
  done += Math.min(STEPS_PER_WORLD, steps - done)
  passed += report.passed
  for (const [name, count] of report.refused) refusals.set(name, (refusals.get(name) ?? 0) + count)
  console.log(`seed ${seed}: ${done} steps, ${passed} transactions passed, every unit accounted for`)
}
for (const [name, count] of [...refusals].toSorted((a, b) => b[1] - a[1])) console.log(`${count}\t${name}`)
