/** `weft sim`: hands everything over to the simulator, a program of its own that a daemon never loads. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WeftError } from '#protocol/errors.ts'

/** Runs the simulator with `args` on this terminal. Resolves to its exit status. */
export async function sim(args: readonly string[]): Promise<number> {
  const { program, flags } = simulator()
  const child = spawn(process.execPath, [...flags, program, ...args], { stdio: 'inherit' })
  // Ctrl-C reaches the child as well: it writes what there is and ends; a signal to this process alone is passed on.
  const wait = (): void => undefined
  const pass = (): void => void child.kill('SIGTERM')
  process.on('SIGINT', wait)
  process.on('SIGTERM', pass)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => resolve(code ?? 130))
    })
  } finally {
    process.off('SIGINT', wait)
    process.off('SIGTERM', pass)
  }
}

/** The built program beside this one, or its source where this runs from source. */
function simulator(): { program: string; flags: readonly string[] } {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (let depth = 0; depth < 3; depth++, folder = dirname(folder)) {
    const built = join(folder, 'sim.js')
    if (existsSync(built)) return { program: built, flags: [] }
    const source = join(folder, 'sim', 'main.ts')
    if (existsSync(source)) return { program: source, flags: process.execArgv }
  }
  throw new WeftError('NOT_FOUND', 'the simulator is not in this installation', {
    data: { next: 'install Weft again' },
  })
}
