/** The command `sim`. Its options belong to the simulator, which parses them itself. */
import type { Command } from 'commander'
import { Output } from '../command/output.ts'

export function addSimCommand(program: Command): void {
  program
    .command('sim')
    .description('a whole network in one deterministic process; weft sim --help')
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => {
      try {
        const { sim } = await import('./sim.ts')
        process.exitCode = await sim(words)
      } catch (error) {
        process.exitCode = new Output({ json: words.includes('--json') }).fail(error)
      }
    })
}
