/**
 * npm run calibrate: the same script on 20 real and 20 simulated peers; distributions side by side.
 * `sim/world/parameters.ts` is set from it.
 */
import { percentile, round } from '../bench/row.ts'
import { realJobs, realNetwork } from './real.ts'
import { script } from './script.ts'
import { simulated } from './simulated.ts'

const { peers, echoes, messages, jobs } = script
process.stdout.write(`${peers} peers, ${messages} offers, ${echoes} round trips, ${jobs} jobs; milliseconds\n`)
process.stdout.write(`${''.padEnd(38)}${['p10', 'p50', 'p90', 'p99'].map((name) => name.padStart(9)).join('')}\n`)
const model = await simulated(script)
const skipReal = process.argv.includes('--simulated')

const network = skipReal ? undefined : await realNetwork(script)
beside('offer published to heard', model.spread, network?.spread)
beside('stream round trip', model.echo, network?.echo)
const work = skipReal ? undefined : await realJobs(script)
beside('posted to placed', model.placed, work?.placed)
beside('placed to verified', model.verified, work?.verified)
process.stdout.write(`CPU per job: simulated ${round(model.cpuPerJobMs)} ms`)
process.stdout.write(work === undefined ? '\n' : `, real ${round(work.cpuPerJobMs)} ms\n`)
process.exit(0)

function beside(what: string, simulatedMs: readonly number[], realMs: readonly number[] | undefined): void {
  if (realMs !== undefined) line(`${what}, real`, realMs)
  line(`${what}, simulated`, simulatedMs)
}

function line(name: string, times: readonly number[]): void {
  const cells = [0.1, 0.5, 0.9, 0.99].map((p) => percentile(times, p).toFixed(2).padStart(9))
  process.stdout.write(`${name.padEnd(38)}${cells.join('')}\n`)
}
