/**
 * `weft sim`: what can be asked of the simulator, and what its exit status means: 0 held, 1 a property broke, 2 bad
 * input, 130 stopped.
 */
import { Command, CommanderError } from 'commander'
import { ScenarioError } from '../scenario.ts'
import { type SimOptions, withOptions } from './options.ts'
import { replay } from './replay.ts'
import { run } from './run.ts'
import { shrink } from './shrink.ts'

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

const EXAMPLES = `
Examples:
  weft sim --peers 50 --for 5m --report out.html
  weft sim --until-failure --jobs 2       new seeds until a property breaks
  weft sim replay 4711                    the same run again, up to its failure
  weft sim shrink --seed 4711             a small scenario with the same failure

The format of scenarios and traces: sim/README.md`

function createProgram(done: (status: number) => void): Command {
  const program = new Command('weft sim')
    .description('Run a whole network in one deterministic process, with faults, attackers and checkers.')
    .usage('[options] | replay <seed|trace> [options] | shrink [options]')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', EXAMPLES)
  withOptions(program).action(async (given: SimOptions) => done(await run(given)))
  withOptions(program.command('replay <seed|trace>').description('stop at the failure and show what led to it')).action(
    async (what: string, _own: unknown, command: Command) =>
      done(await replay(what, command.optsWithGlobals<SimOptions>())),
  )
  withOptions(program.command('shrink').description('reduce a failing scenario to a small one')).action(
    async (_own: unknown, command: Command) => done(await shrink(command.optsWithGlobals<SimOptions>())),
  )
  for (const command of program.commands) command.exitOverride().configureOutput({ outputError: () => undefined })
  return program
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
