/** Reads a job file, and the local files that it names, from the disk. */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { JobFileProblem, type PreparedJob, prepareJob, tooLarge } from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import type { JobFileError } from '#protocol/job/job-file.ts'
import { limits } from '#protocol/limits.ts'

/** JOB_MALFORMED for a job file that is wrong; `errors` have line and column. */
export class WrongJobFile extends WeftError {
  /** Its path, or `<stdin>`. */
  readonly file: string
  readonly errors: readonly JobFileError[]

  constructor(file: string, { message, errors }: JobFileProblem) {
    super('JOB_MALFORMED', `${file}:${message}`, {
      data: { next: `weft job validate ${file === STDIN ? '-' : file}` },
    })
    this.file = file
    this.errors = errors
  }
}

const STDIN = '<stdin>'

/**
 * Reads the job file `file` (`-`: stdin) with the files that it and `inputs` (`path=local` or `path`) name. Paths in
 * the file are relative to it, those on the command line to the working folder. Throws {@link WrongJobFile};
 * INPUT_MISSING or JOB_TOO_LARGE say what is wrong with another file.
 */
export async function readJob(file: string, inputs: readonly string[]): Promise<PreparedJob> {
  const base = file === '-' ? process.cwd() : dirname(resolve(file))
  const text = file === '-' ? readFileSync(0, 'utf8') : readInput(file).toString('utf8')
  try {
    return await prepareJob(text, {
      read: (name) => new Uint8Array(readInput(resolve(base, name))),
      inputs: inputs.map(splitInput),
    })
  } catch (error) {
    throw error instanceof JobFileProblem ? new WrongJobFile(file === '-' ? STDIN : file, error) : error
  }
}

function readInput(path: string): Buffer {
  try {
    const { size } = statSync(path)
    if (size > limits.jobInputBytes) throw tooLarge(`${path} has ${size} bytes`)
    return readFileSync(path)
  } catch (cause) {
    if (cause instanceof WeftError) throw cause
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw new WeftError('INPUT_MISSING', `${path} cannot be read (${why})`, { cause })
  }
}

/** `path=local`; of `some/local/file` alone the program sees the name. */
function splitInput(input: string): { readonly path: string; readonly file: string } {
  const at = input.indexOf('=')
  const [path, local] = at > 0 ? [input.slice(0, at), input.slice(at + 1)] : [basename(input), input]
  return { path, file: resolve(local) }
}
