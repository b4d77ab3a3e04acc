/** `weft sim`: what can be asked of the simulator, and what its exit status means: 0 held, 1 a property broke, 2 bad input, 130 stopped. */
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { ScenarioError } from '../scenario.ts'
import { replay } from './replay.ts'
import { run } from './run.ts'
import { shrink } from './shrink.ts'

/** Options of every subcommand. */
export interface SimOptions {
  readonly seed?: number
  readonly peers?: number
  readonly for?: string
  readonly scenario?: string
  readonly untilFailure?: boolean
  readonly seeds?: number
  readonly jobs: number
  readonly trace?: string
  readonly traceFile?: string
  readonly traceSpeedup?: number
  readonly report?: string
  readonly append?: string
  readonly verifyAll?: boolean
  readonly json?: boolean
}

/** Runs the command; never rejects. */
export async function runCommand(args: readonly string[]): Promise<number> {
  let status = 0
  const program = createProgram((code) => {
    status = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    return failed(error, args.includes('--json'))
  }
}

function createProgram(done: (status: number) => void): Command {
  const program = new Command('weft sim')
    .description('Run a whole network in one deterministic process, with faults, attackers and checkers.')
    .usage('[options] | replay <seed|trace> [options] | shrink [options]')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      '\nExamples:\n  weft sim --peers 50 --for 5m --report out.html\n  weft sim --until-failure --jobs 2       new seeds until a property breaks\n  weft sim replay 4711                    the same run again, up to its failure\n  weft sim shrink --seed 4711             a small scenario with the same failure\n\nThe format of scenarios and traces: sim/README.md',
    )
  options(program).action(async (given: SimOptions) => done(await run(given)))
  options(program.command('replay <seed|trace>').description('stop at the failure and show what led to it')).action(
    async (what: string, _own: unknown, command: Command) =>
      done(await replay(what, command.optsWithGlobals<SimOptions>())),
  )
  options(program.command('shrink').description('reduce a failing scenario to a small one')).action(
    async (_own: unknown, command: Command) => done(await shrink(command.optsWithGlobals<SimOptions>())),
  )
  for (const command of program.commands) command.exitOverride().configureOutput({ outputError: () => undefined })
  return program
}

function options(command: Command): Command {
  return command
    .option('--seed <n>', 'what everything random is drawn from (default: the scenario’s, or 1)', whole)
    .option('--peers <n>', 'peers', whole)
    .option('--for <duration>', 'virtual time of work and faults, such as 90s or 1h')
    .option('--scenario <file>', 'a YAML file: topology, hardware, workload, faults, attackers')
    .option('--until-failure', 'one seed after another until a property breaks')
    .option('--seeds <n>', 'so many seeds, from --seed on', whole)
    .option('--jobs <n>', 'seeds to run at the same time', whole, 1)
    .option('--trace <file>', 'write what every peer did, a JSON document a line')
    .option('--trace-file <file>', 'jobs from a trace: Philly, Azure LLM, Mooncake, or your own columns')
    .option('--trace-speedup <times>', 'so many times faster than the trace: arrivals and running times', factor)
    .option('--report <file>', 'write one HTML page about the run')
    .option('--append <file>', 'add each failing seed to this file')
    .option('--verify-all', 'check every signature, not each unique one once')
    .option('--json', 'one JSON document on stdout')
    .option('--no-color', 'no colours')
}

function whole(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number.')
}

function factor(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('expected a number above 0.')
}

/** Prints what was wrong with the input. */
function failed(error: unknown, json: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  const bad = error instanceof ScenarioError || error instanceof CommanderError || isFileError(error)
  const message = (error instanceof Error ? error.message : String(error)).replace(/^error: /, '').split('\n')[0] ?? ''
  const code = error instanceof ScenarioError ? 'SCENARIO_INVALID' : bad ? 'USAGE' : 'INTERNAL'
  if (json) {
    const place = error instanceof ScenarioError ? { line: error.line, column: error.column } : {}
    process.stdout.write(
      `${JSON.stringify({ schemaVersion: 1, error: { code, message, ...place, exit: bad ? 2 : 70 } })}\n`,
    )
  } else {
    process.stderr.write(`error ${code}: ${message}\n  next: weft sim --help\n`)
    if (!bad && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  }
  return bad ? 2 : 70
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error
}
