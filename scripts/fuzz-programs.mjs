/**
 * Fuzzes the Solana programs: `npm run fuzz:programs [-- --steps 1000000 --seed N --workers N]`. Worlds of 5,000
 * transactions each, one seed after the other, in one process for each processor; a failure prints the seed that
 * replays it.
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const STEPS_PER_WORLD = 5_000
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
})

if (process.send === undefined) lead()
else await follow()

/** Hands out seeds until enough was sent. */
function lead() {
  const [steps, workers] = [Number(values.steps), Number(values.workers)]
  const totals = { sent: 0, passed: 0, did: new Map(), refused: new Map() }
  let next = Number(values.seed)
  let assigned = 0
  let open = 0
  const give = (child) => {
    if (assigned >= steps) return child.disconnect()
    const work = { seed: next++, steps: Math.min(STEPS_PER_WORLD, steps - assigned) }
    assigned += work.steps
    child.send(work)
  }
  for (let i = 0; i < workers; i++) {
    const child = fork(fileURLToPath(import.meta.url), { execArgv: ['--import', 'tsx'] })
    open++
    child.on('message', ({ seed, sent, passed, did, refused }) => {
      totals.sent += sent
      totals.passed += passed
      add(totals.did, did)
      add(totals.refused, refused)
      console.log(`seed ${seed}: ${totals.sent} transactions, ${totals.passed} passed, every unit accounted for`)
      give(child)
    })
    child.on('exit', (code) => {
      if (code !== 0) process.exitCode = 1
      if (--open === 0) summary(totals)
    })
    give(child)
  }
}

/** Runs one world after the other; a failure ends the process and names its seed and step. */
async function follow() {
  const { fuzz } = await import('../test/programs/fuzz.ts')
  process.on('message', async ({ seed, steps }) => {
    const { sent, passed, did, refused } = await fuzz({ seed, steps })
    process.send({ seed, sent, passed, did: [...did], refused: [...refused] })
  })
}

function add(into, counts) {
  for (const [name, count] of counts) into.set(name, (into.get(name) ?? 0) + count)
}

function summary({ did, refused }) {
  for (const [title, counts] of [
    ['passed', did],
    ['refused', refused],
  ]) {
    console.log(title)
    for (const [name, count] of [...counts].toSorted((a, b) => b[1] - a[1])) console.log(`${count}\t${name}`)
  }
}
