/** A job file and its local files, read and checked: all that a job needs but the wallet's signature. */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { WeftError } from '#protocol/errors.ts'
import { type JobDraft, type JobFileError, readJobFile } from '#protocol/job/job-file.ts'
import type { InputFile, JobSpec } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import { blobCid } from '#protocol/wire/canonical.ts'

/** A job without what only signing gives it. */
export interface PreparedJob {
  readonly draft: JobDraft
  readonly engine: JobSpec['engine']
  readonly inputs: readonly InputFile[]
  readonly blobs: readonly Uint8Array[]
  /** True if the file says how many replicas it wants. */
  readonly replicasGiven: boolean
}

/** A job file that is wrong; `errors` have line and column. */
export class JobFileProblem extends WeftError {
  readonly file: string
  readonly errors: readonly JobFileError[]

  constructor(file: string, errors: readonly JobFileError[]) {
    const [first] = errors
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    super(
      'JOB_MALFORMED',
      `${file}:${first?.line ?? 1}:${first?.column ?? 1}: ${first?.message ?? 'not a job'}${more}`,
      {
        data: { next: `weft job validate ${file === '<stdin>' ? '-' : file}` },
      },
    )
    this.file = file
    this.errors = errors
  }
}

/**
 * Reads the job file `file` (`-`: stdin) with the files that it and `inputs` (`path=local` or `path`) name. Paths in
 * the file are relative to it, those on the command line to the working folder. JOB_MALFORMED, INPUT_MISSING or
 * JOB_TOO_LARGE say what is wrong.
 */
export function prepareJob(file: string, inputs: readonly string[]): PreparedJob {
  const text = readText(file)
  const read = readJobFile(text)
  if (!read.ok) throw new JobFileProblem(file === '-' ? '<stdin>' : file, read.errors)
  const base = file === '-' ? process.cwd() : dirname(resolve(file))
  const { draft } = read
  const params = { ...draft.engine.params }
  for (const { param, file: local } of draft.paramFiles)
    params[param] = readInput(resolve(base, local)).toString('utf8')
  const local = new Map(draft.inputs.map((input) => [input.path, resolve(base, input.file)]))
  for (const [path, given] of inputs.map(splitInput)) local.set(path, resolve(given))
  const files = [...local].map(([path, from]) => ({ path, bytes: new Uint8Array(readInput(from)) }))
  checkSize(files)
  return {
    draft,
    engine: { type: draft.engine.type, params },
    inputs: files.map(({ path, bytes }) => ({ path, cid: blobCid(bytes), bytes: bytes.length })),
    blobs: files.map(({ bytes }) => bytes),
    replicasGiven: parseDocument(text).get('replicas') !== undefined,
  }
}

function readText(file: string): string {
  return file === '-' ? readFileSync(0, 'utf8') : readInput(file).toString('utf8')
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
function splitInput(input: string): readonly [path: string, local: string] {
  const at = input.indexOf('=')
  return at > 0 ? [input.slice(0, at), input.slice(at + 1)] : [basename(input), input]
}

function checkSize(files: readonly { bytes: Uint8Array }[]): void {
  if (files.length > limits.jobInputFiles) throw tooLarge(`the job has ${files.length} files`)
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0)
  if (total > limits.jobInputBytes) throw tooLarge(`the inputs have ${total} bytes together`)
}

function tooLarge(what: string): WeftError {
  return new WeftError(
    'JOB_TOO_LARGE',
    `${what}; at most ${limits.jobInputFiles} files of ${limits.jobInputBytes} bytes together`,
  )
}
