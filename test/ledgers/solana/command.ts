/** Runs a command of `weft` in this process: as the executable does, without the second that starting it takes. */
import { Output } from '#node/cli/command/output.ts'
import { createProgram, parseFailure } from '#node/cli/program.ts'

/** `weft ARGS --json` with the folder `home`: its exit status and its one document. */
export async function command(
  args: readonly string[],
  home: string,
  // biome-ignore lint/suspicious/noExplicitAny: a document of any command
): Promise<{ readonly code: number; readonly answer: any }> {
  const { stdout } = process
  const { exitCode } = process
  const { write } = stdout
  let text = ''
  stdout.write = (chunk: string | Uint8Array) => {
    text += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)
    return true
  }
  try {
    await createProgram().parseAsync(['node', 'weft', ...args, '--json', '--home', home])
  } catch (error) {
    process.exitCode = parseFailure(error, new Output({ json: true }))
  } finally {
    stdout.write = write
  }
  const code = Number(process.exitCode ?? 0)
  process.exitCode = exitCode
  return { code, answer: Object(JSON.parse(text === '' ? '{}' : text)) }
}
