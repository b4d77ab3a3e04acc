/** The parameters of a `python` job. */
import { z } from 'zod'
import { defineParams } from '../kit/params.ts'

/** What to run: `path` is the program's file under /job; `source` is its text unless it is one of the job's inputs. */
export interface PythonParams {
  readonly path: string
  readonly source: string | undefined
  readonly args: readonly string[]
  readonly stdin: string
}

/** File that holds the text of `code`. */
const CODE_PATH = 'main.py'

const schema = z
  .strictObject({
    code: z
      .string({ error: 'must be the text of a program' })
      .min(1, { error: 'must be the text of a program' })
      .optional(),
    file: z
      .string({ error: 'must be the path of an input' })
      .min(1, { error: 'must be the path of an input' })
      .optional(),
    args: z
      .array(z.string().regex(/^[^\0]*$/, { error: 'must hold strings without NUL characters' }), {
        error: 'must be a list of strings',
      })
      .default([]),
    stdin: z.string({ error: 'must be text' }).default(''),
  })
  .refine(({ code, file }) => code === undefined || file === undefined, { error: 'has both code and file: give one' })
  .refine(({ code, file }) => code !== undefined || file !== undefined, {
    error: 'needs code (the text of a program) or file (an input to run)',
  })

/** `code` or `file`, `args` and `stdin`, as {@link PythonParams}. */
export const pythonParams = defineParams<z.infer<typeof schema>, PythonParams>({
  engine: 'python',
  takes: 'code or file, args and stdin',
  schema,
  resolve: ({ code, file, args, stdin }, paths) => {
    const wrongPath = paths.find((path) => !isInputPath(path))
    if (wrongPath !== undefined)
      return `the input ${JSON.stringify(wrongPath)} must be a relative path outside "out", which is for results.`
    if (file !== undefined)
      return paths.includes(file)
        ? { path: file, source: undefined, args, stdin }
        : `engine.params.file names ${JSON.stringify(file)}, which is not an input of the job.`
    return paths.includes(CODE_PATH)
      ? `engine.params.code becomes ${CODE_PATH}, but an input has that name: rename it or give it as file.`
      : { path: CODE_PATH, source: code, args, stdin }
  },
})

function isInputPath(path: string): boolean {
  const parts = path.split('/')
  return (
    parts[0] !== 'out' &&
    !path.includes('\0') &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255)
  )
}
