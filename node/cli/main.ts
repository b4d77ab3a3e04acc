#!/usr/bin/env node
/** The command `weft`. Imports nothing heavy: each command loads its own code when it runs. */
import { Output } from './command/output.ts'
import { createProgram, parseFailure } from './program.ts'

// `weft job list | head` is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await createProgram().parseAsync(process.argv)
} catch (error) {
  process.exitCode = parseFailure(error, new Output({ json: process.argv.includes('--json') }))
}
