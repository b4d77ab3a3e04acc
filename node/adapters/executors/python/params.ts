/** The parameters of a `python` job. */
import type { Task } from '#node/ports/executor.ts'

/** What to run: `path` is the program's file under /job; `source` is its text unless it is one of the job's inputs. */
export interface PythonParams {
  readonly path: string
  readonly source: string | undefined
  readonly args: readonly string[]
  readonly stdin: string
}

/** File that holds the text of `code`. */
const CODE_PATH = 'main.py'
const KNOWN = new Set(['code', 'file', 'args', 'stdin'])

/** The parameters in `params`, or a sentence that says what is wrong with them. `paths` are the job's inputs. */
export function parsePythonParams(params: Task['engine']['params'], paths: readonly string[]): PythonParams | string {
  const { code, file, args = [], stdin = '' } = params
  const extra = Object.keys(params).find((name) => !KNOWN.has(name))
  if (extra !== undefined) return `engine.params.${extra} is unknown: python takes code or file, args and stdin.`
  if (typeof args === 'string' || typeof args === 'number') return 'engine.params.args must be a list of strings.'
  if (args.some((arg) => typeof arg !== 'string' || arg.includes('\0')))
    return 'engine.params.args must hold strings without NUL characters.'
  if (typeof stdin !== 'string') return 'engine.params.stdin must be text.'
  const wrongPath = paths.find((path) => !isInputPath(path))
  if (wrongPath !== undefined)
    return `the input ${JSON.stringify(wrongPath)} must be a relative path outside "out", which is for results.`
  const program = programOf(code, file, paths)
  return typeof program === 'string' ? program : { ...program, args, stdin }
}

type Param = Task['engine']['params'][string] | undefined

function programOf(code: Param, file: Param, paths: readonly string[]): Pick<PythonParams, 'path' | 'source'> | string {
  if (code !== undefined && file !== undefined) return 'engine.params has both code and file: give one.'
  if (code !== undefined) {
    if (typeof code !== 'string' || code === '') return 'engine.params.code must be the text of a program.'
    if (paths.includes(CODE_PATH))
      return `engine.params.code becomes ${CODE_PATH}, but an input has that name: rename it or give it as file.`
    return { path: CODE_PATH, source: code }
  }
  if (file === undefined) return 'engine.params needs code (the text of a program) or file (an input to run).'
  if (typeof file !== 'string' || file === '') return 'engine.params.file must be the path of an input.'
  if (!paths.includes(file))
    return `engine.params.file names ${JSON.stringify(file)}, which is not an input of the job.`
  return { path: file, source: undefined }
}

function isInputPath(path: string): boolean {
  const parts = path.split('/')
  return (
    parts[0] !== 'out' &&
    !path.includes('\0') &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255)
  )
}
