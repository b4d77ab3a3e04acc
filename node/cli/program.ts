/** Every command of `weft` with its arguments and options. The code of a command is loaded when it runs. */
import { Command, CommanderError } from 'commander'
import { addChainCommands } from './chain/program.ts'
import { failure } from './command/errors.ts'
import type { Output } from './command/output.ts'
import { version } from './command/version.ts'
import { addJobCommands } from './job/program.ts'
import { addNetworkCommands } from './peer/program.ts'
import { addSimCommand } from './sim/program.ts'

export function createProgram(): Command {
  const program = new Command('weft')
    .description('A peer-to-peer compute network: sign a job, close the laptop, collect the verified result later.')
    .usage('<command> [options]')
    .version(version(), '-V, --version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nFirst steps:\n  weft dev --peers 5        a whole network on this machine\n  weft run job.yaml         post a job and wait for its verified result\n  weft job why <id>         why it was placed where it was',
    )
  program
    .command('help [command...]')
    .description('help about a command')
    .action((words) => help(program, words))
  quiet(program)
  addNetworkCommands(program)
  addJobCommands(program)
  addSimCommand(program)
  addChainCommands(program)
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
