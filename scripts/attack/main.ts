/**
 * npm run attack: what a hostile peer costs five real daemons and those who post to them. Each trial's figures stand
 * beside those of the same minute without the attack; a bound that is broken ends it with exit code 1.
 */
import { weftProgram } from '../bench/row.ts'
import { Arenas } from './arenas.ts'
import { brokenBounds } from './bounds.ts'
import { obey } from './hostile.ts'
import { type Options, readOptions } from './options.ts'
import { header, lines } from './report.ts'
import { type Outcome, runTrial } from './trial.ts'

const program = process.argv[1] ?? ''
const INTERRUPTED = 130

if (process.argv[2] === 'hostile') obey()
else {
  const options = readOptions(process.argv.slice(2))
  if ('message' in options) {
    process[options.isError ? 'stderr' : 'stdout'].write(options.message)
    process.exit(options.isError ? 2 : 0)
  }
  process.exit(await run(options))
}

/** Resolves to the exit code. Whatever happens, every process that was started has ended by then. */
async function run(options: Options): Promise<number> {
  // Child daemons are started from the program that runs as `weft`.
  process.argv[1] = weftProgram()
  const stopping = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stopping.abort(new Error('interrupted')))
  const say = (text: string): void => void (options.json || process.stdout.write(text))
  const arenas = new Arenas(options, stopping.signal)
  const results: { outcome: Outcome; broken: readonly string[] }[] = []
  say(header())
  try {
    for (const trial of options.trials) {
      const arena = await arenas.for(trial)
      const outcome = await runTrial(trial, { arena, options, program, signal: stopping.signal })
      const control = results[0]?.outcome ?? outcome
      const broken = brokenBounds(outcome, control)
      results.push({ outcome, broken })
      say(lines(outcome, broken))
    }
  } catch (error) {
    process.stderr.write(`attack: ${error instanceof Error ? error.message : String(error)}\n`)
    return stopping.signal.aborted ? INTERRUPTED : 1
  } finally {
    await arenas.stop()
  }
  const failed = results.filter(({ broken }) => broken.length > 0).length
  say(`\n${results.length - failed} of ${results.length} trials held every bound\n`)
  if (options.json) process.stdout.write(`${JSON.stringify({ schemaVersion: 1, node: process.version, results })}\n`)
  return failed === 0 ? 0 : 1
}
