/**
 * The simulator: how fast it is at 100, 1,000 and 10,000 peers beside a bare event loop and real peers, and what it
 * shows of the protocol. Rows come as they are measured, in about four minutes. What takes longer (10,000 peers, more
 * samples) is measured with WEFT_SIM_LONG=1, and named as not measured without.
 */
import { Timeline } from '#sim/world/timeline.ts'
import { realJobs } from '../calibrate/real.ts'
import { script } from '../calibrate/script.ts'
import { simulated } from '../calibrate/simulated.ts'
import { medianOf, type Row, round } from './row.ts'
import { collusion } from './sim/collusion.ts'
import { crowd } from './sim/crowd.ts'
import { falseDeaths, replacement } from './sim/healing.ts'
import { offers } from './sim/offers.ts'
import { figure, missing } from './sim/rows.ts'
import { core, speed } from './sim/speed.ts'

const BARE_EVENTS = 1_000_000
const long = process.env['WEFT_SIM_LONG'] === '1'

export async function* rows(): AsyncGenerator<Row> {
  const bare = await bareEventsPerSecond()
  yield figure('bare event loop: events per second', { value: bare, unit: '1/s' })
  yield* speed({ peers: 100, virtualMs: 51_000, budgetMs: 20_000 })
  yield* speed({ peers: 1_000, virtualMs: 51_000, budgetMs: 40_000, goal: 20 })
  yield* speed({ peers: 1_000, virtualMs: 18_000, budgetMs: 40_000, jobsPerSecond: 1 })
  if (long) yield* speed({ peers: 10_000, virtualMs: 51_000, budgetMs: 400_000, goal: 1, goalGiB: 4 })
  else yield missing('10,000 peers: virtual seconds per second, memory', 'WEFT_SIM_LONG=1 measures it, in some minutes')
  yield* core({ bare, budgetMs: 40_000 })
  yield* offers({ lossPpm: 0 })
  yield* offers({ lossPpm: 100_000 })
  yield* crowd({ peers: 300, held: 32 })
  if (long) yield* crowd({ peers: 10_000, held: 2_048 })
  else yield missing('10,000 members, 2,048 held: posted to placed on the one that fits', 'WEFT_SIM_LONG=1 measures it')
  const healing = await replacement({ seeds: long ? 6 : 2 })
  yield* healing.rows
  yield* falseDeaths({ seeds: long ? 6 : 2, detectionMs: medianOf(healing.foundMs) })
  yield* collusion({ networks: long ? 40 : 8 })
  yield* besideReal()
}

/** Events per second of the timeline with nothing in them. */
async function bareEventsPerSecond(): Promise<number> {
  const time = new Timeline()
  const again = (): void => {
    if (time.events < BARE_EVENTS) time.after(1, again)
  }
  again()
  const startedMs = performance.now()
  await time.run(Number.MAX_SAFE_INTEGER)
  return (BARE_EVENTS * 1_000) / (performance.now() - startedMs)
}

const REAL_MS = 120_000

/** The same jobs on 20 simulated peers and on 20 daemons. */
async function* besideReal(): AsyncGenerator<Row> {
  const few = { ...script, jobs: 20, messages: 1, echoes: 1 }
  const model = await simulated(few)
  const late = new Promise<string>((resolve) => setTimeout(() => resolve('they took too long'), REAL_MS).unref())
  const real = await Promise.race([realJobs(few).catch((error: unknown) => String(error)), late])
  const what = '20 peers: CPU time of a job (baseline: 20 real peers)'
  if (typeof real === 'string') {
    yield missing(what, real)
    return
  }
  yield figure(what, { value: model.cpuPerJobMs, unit: 'ms', baseline: real.cpuPerJobMs })
  yield figure('20 peers: posted to placed, p50 (baseline: 20 real peers)', {
    value: medianOf(model.placed),
    unit: 'ms',
    baseline: medianOf(real.placed),
    spread: `${round(Math.min(...model.placed))}..${round(Math.max(...model.placed))}`,
  })
}
