/** How a command is declared: its options now, its code when it runs. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { Output } from './output.ts'

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean
  readonly color?: boolean
  readonly home?: string
  readonly api?: string
}

/** A command's code: gets where to print, its options and arguments; gives the exit status (0 if none). */
export type CommandAction<O extends CommonOptions = CommonOptions> = (
  output: Output,
  options: O,
  args: readonly string[],
) => Promise<number | undefined>

/** A command as the parser needs it before it runs. */
export interface CommandInit<O extends CommonOptions> {
  /** Name and arguments, in commander's notation: `run <job>`. */
  readonly usage: string
  /** One line of the help. */
  readonly description: string
  /** Imports its code, when it runs: help must not wait for what it does not need. */
  readonly load: () => Promise<CommandAction<O>>
}

/**
 * Declares a command below `parent`, with the common options. Its exit status becomes the process's; errors are
 * printed, never thrown.
 */
export function define<O extends CommonOptions>(
  parent: Command,
  { usage, description, load }: CommandInit<O>,
): Command {
  const command = parent.command(usage).description(description)
  command
    .addOption(new Option('--json', 'one JSON document on stdout'))
    .addOption(new Option('--no-color', 'no colours'))
    .addOption(new Option('--home <dir>', 'folder of the peer (default: $WEFT_HOME, or the platform’s)'))
    .addOption(new Option('--api <url>', 'address of the daemon (default: $WEFT_API, or from the folder)'))
  return command.action(async (...given: unknown[]) => {
    const options = command.opts<O>()
    const output = new Output({ json: options.json === true, noColour: options.color === false })
    const args = given
      .slice(0, -2)
      .flat()
      .filter((value) => typeof value === 'string')
    try {
      const run = await load()
      process.exitCode = (await run(output, options, args)) ?? 0
    } catch (error) {
      process.exitCode = output.fail(error)
    }
  })
}

/** Gathers a repeatable option. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

/** Reads a whole number from `least` to `most`. */
export function between(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = whole(value)
    if (number >= least && number <= most) return number
    throw new InvalidArgumentError(`expected a number from ${least} to ${most}.`)
  }
}

/** A whole number from 0. */
export function whole(value: string): number {
  if (/^\d{1,12}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('expected a whole number.')
}
