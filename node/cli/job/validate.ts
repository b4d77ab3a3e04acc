import { checkJob, type PreparedJob } from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import type { Output } from '../command/output.ts'
import { readJob, WrongJobFile } from './read-job.ts'

export interface JobValidateOptions extends CommonOptions {
  readonly input: readonly string[]
}

/**
 * `weft job validate <file>`: each error as `file:line:column: message`. Asks the daemon about the engine if one runs.
 */
export const jobValidate: CommandAction<JobValidateOptions> = async (output, options, [file = '-']) => {
  const prepared = await prepare(output, file, options)
  if (prepared === undefined) return 2
  const asked = await askDaemon(prepared, options)
  output.answer({ valid: true, file, engineChecked: asked, inputs: prepared.inputs }, () => {
    output.line(`${file}: valid, ${prepared.inputs.length} input files`)
    if (!asked) output.note('no daemon runs here, so the engine’s parameters were not checked')
  })
  return 0
}

async function prepare(output: Output, file: string, options: JobValidateOptions): Promise<PreparedJob | undefined> {
  try {
    return await readJob(file, options.input)
  } catch (error) {
    if (!(error instanceof WrongJobFile)) throw error
    if (output.json) output.fail(error, { valid: false, file, errors: error.errors })
    else {
      for (const { line, column, message } of error.errors)
        process.stderr.write(`${error.file}:${line}:${column}: ${message}\n`)
      output.fail(
        new WeftError('JOB_MALFORMED', error.message, {
          data: { next: 'correct the file; see the README for its format' },
        }),
      )
    }
    return undefined
  }
}

async function askDaemon(prepared: PreparedJob, options: JobValidateOptions): Promise<boolean> {
  try {
    await checkJob(connect(options), prepared)
    return true
  } catch (error) {
    if (error instanceof WeftError && error.code === 'DAEMON_UNREACHABLE') return false
    throw error
  }
}
