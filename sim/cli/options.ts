/** What every subcommand of `weft sim` can be told. */
import { type Command, InvalidArgumentError } from 'commander'

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

/**
 * Declares the options on `command`, which then parses into {@link SimOptions} and refuses numbers that are none.
 * Returns `command`.
 */
export function withOptions(command: Command): Command {
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
