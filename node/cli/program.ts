/** Every command of `weft` with its arguments and options. The code of a command is loaded when it runs. */
import { Command, CommanderError } from 'commander'
import { addAboutCommands } from './about/program.ts'
import { addChainCommands, addStakeCommands } from './chain/program.ts'
import { failure } from './command/errors.ts'
import type { Output } from './command/output.ts'
import { version } from './command/version.ts'
import { addCreditsCommands } from './credits/program.ts'
import { addDevCommands } from './dev/program.ts'
import { addJobCommands } from './job/program.ts'
import { addPeerCommands, addUpCommand } from './peer/program.ts'
import { addSimCommand } from './sim/program.ts'

const FIRST_STEPS = `
First steps:
  weft dev --peers 5        a whole network on this machine
  weft run job.yaml         post a job and wait for its verified result
  weft job why <id>         why it was placed where it was`

/**
 * All of `weft`, not yet parsed. Commands that fail set the process's exit status; what cannot be parsed throws
 * CommanderError.
 */
export function createProgram(): Command {
  const program = new Command('weft')
    .description('A peer-to-peer compute network: sign a job, close the laptop, collect the verified result later.')
    .usage('<command> [options]')
    .version(version(), '-V, --version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .addHelpText('after', FIRST_STEPS)
  program
    .command('help [command...]')
    .description('help about a command')
    .action((words) => help(program, words))
  quiet(program)
  // In the order of the help.
  addUpCommand(program)
  addDevCommands(program)
  addPeerCommands(program)
  addAboutCommands(program)
  addJobCommands(program)
  addSimCommand(program)
  addChainCommands(program)
  addCreditsCommands(program)
  addStakeCommands(program)
  for (const command of leaves(program)) quiet(command)
  return program
}

/** Prints what commander could not parse, as our own error; help and version are no errors. */
export function parseFailure(error: unknown, output: Output): number {
  if (!(error instanceof CommanderError)) return output.fail(error)
  if (error.exitCode === 0) return 0
  if (error.code === 'commander.help') return 2
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ')
  const next = error.code === UNKNOWN ? 'weft help' : `${commandIn(process.argv.slice(2))} --help`
  return output.fail(failure('USAGE', message, next))
}

const UNKNOWN = 'weft.unknownCommand'

/** Help about the command that `words` name: `weft help job why`. */
function help(program: Command, words: readonly string[]): void {
  let command = program
  for (const word of words) {
    const child = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (child === undefined) throw new CommanderError(2, UNKNOWN, `unknown command '${words.join(' ')}'`)
    command = child
  }
  command.outputHelp()
}

/** As much of the command as was understood: `weft job show`. */
function commandIn(args: readonly string[]): string {
  const known: string[] = ['weft']
  let command: Command | undefined = createProgram()
  for (const arg of args) {
    command = command?.commands.find((child) => child.name() === arg || child.aliases().includes(arg))
    if (command === undefined) break
    known.push(arg)
  }
  return known.join(' ')
}

function quiet(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} })
}

function leaves(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...leaves(child)])
}
