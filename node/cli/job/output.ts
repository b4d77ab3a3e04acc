import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { type OutputView, routes } from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { printable } from '../command/output.ts'

export interface JobOutputOptions extends CommonOptions {
  readonly dir?: string
  readonly file?: string
  readonly peer?: string
}

/** `weft job output <id>`: stdout of the result, one of its files, or all into a folder. */
export const jobOutput: CommandAction<JobOutputOptions> = async (output, options, [id = '']) => {
  const client = connect(options)
  const { peer, file } = options
  if (file !== undefined && !output.json) {
    output.data(await client.bytes(routes.jobs.output, { params: { id }, query: { peer, file } }))
    return 0
  }
  const result = await client.call(routes.jobs.output, { params: { id }, query: { peer } })
  const written = options.dir === undefined ? [] : writeAll(options.dir, result)
  output.answer({ ...result, written }, () => {
    if (options.dir === undefined) output.data(bytesOf(result.stdout))
    else for (const name of written) output.line(printable(name))
  })
  return 0
}

/** Writes stdout and the files below `folder`; overwrites nothing. */
function writeAll(folder: string, result: OutputView): string[] {
  const root = resolve(folder)
  const files = [{ path: 'stdout', ...result.stdout }, ...result.files]
  const targets = files.map((file) => ({ target: join(root, file.path), bytes: bytesOf(file) }))
  for (const { target } of targets) {
    if (!target.startsWith(root + sep))
      throw new WeftError('CERTIFICATE_BAD', 'the result names a file outside its folder')
    if (existsSync(target))
      throw new WeftError('USAGE', `${target} exists already`, { data: { next: 'choose an empty folder with --dir' } })
  }
  for (const { target, bytes } of targets) {
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, bytes, { flag: 'wx' })
  }
  return targets.map(({ target }) => target)
}

function bytesOf(content: { text?: string | undefined; base64?: string | undefined }): Uint8Array {
  return content.base64 === undefined ? Buffer.from(content.text ?? '') : Buffer.from(content.base64, 'base64')
}
