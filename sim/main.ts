/**
 * The program behind `weft sim`: arguments in, exit status out. A separate program, so that the daemon never loads the
 * simulator.
 */
import { runCommand } from './cli/command.ts'
import { serveRuns } from './cli/pool.ts'

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

if (process.env['WEFT_SIM_WORKER'] !== undefined) serveRuns()
else process.exitCode = await runCommand(process.argv.slice(2))
