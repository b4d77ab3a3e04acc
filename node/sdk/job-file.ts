/** A job file and the files that it names, read and checked: all that a job needs but the wallet's signature. */
import { WeftError } from '#protocol/errors.ts'
import { type JobDraft, type JobFileError, readJobFile } from '#protocol/job/job-file.ts'
import type { InputFile, JobSpec } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import { blobCid } from '#protocol/wire/canonical.ts'

/** A job without what only the network and the wallet give it. */
export interface PreparedJob {
  /** What the file says, its defaults set. */
  readonly draft: JobDraft
  /** With the parameters that are texts of files. */
  readonly engine: JobSpec['engine']
  /** In the order of {@link blobs}. */
  readonly inputs: readonly InputFile[]
  /** The input files' bytes. */
  readonly blobs: readonly Uint8Array[]
  /** True if the file says how many replicas it wants. */
  readonly replicasGiven: boolean
}

/** Where the files of a job come from. */
export interface JobFiles {
  /**
   * The bytes of a file, by the name that the job file or {@link inputs} give it. What it throws reaches the caller.
   */
  readonly read: (file: string) => Uint8Array | Promise<Uint8Array>
  /** Files that the program sees beside those of the job file, or in place of the ones at the same path. */
  readonly inputs?: readonly { readonly path: string; readonly file: string }[]
}

/** JOB_MALFORMED for a job file that is wrong: `errors`, 1 to 32 in the order of the file, have line and column. */
export class JobFileProblem extends WeftError {
  readonly errors: readonly JobFileError[]

  constructor(errors: readonly JobFileError[]) {
    const [first] = errors
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    super('JOB_MALFORMED', `${first?.line ?? 1}:${first?.column ?? 1}: ${first?.message ?? 'not a job'}${more}`)
    this.errors = errors
  }
}

/**
 * Reads the job file `text` (YAML or JSON), once, and each file that it names. Throws {@link JobFileProblem};
 * JOB_TOO_LARGE for more files or bytes than a job may have.
 */
export async function prepareJob(text: string, { read, inputs = [] }: JobFiles): Promise<PreparedJob> {
  const result = readJobFile(text)
  if (!result.ok) throw new JobFileProblem(result.errors)
  const { draft, replicasGiven } = result
  const params = { ...draft.engine.params }
  for (const { param, file } of draft.paramFiles) params[param] = textOf(await read(file))
  const byPath = new Map([...draft.inputs, ...inputs].map(({ path, file }) => [path, file]))
  const files: { readonly path: string; readonly bytes: Uint8Array }[] = []
  for (const [path, file] of byPath) files.push({ path, bytes: await read(file) })
  checkSize(files)
  return {
    draft,
    engine: { type: draft.engine.type, params },
    inputs: files.map(({ path, bytes }) => ({ path, cid: blobCid(bytes), bytes: bytes.length })),
    blobs: files.map(({ bytes }) => bytes),
    replicasGiven,
  }
}

/** JOB_TOO_LARGE: `what`, and what a job may have. */
export function tooLarge(what: string): WeftError {
  const most = `at most ${limits.jobInputFiles} files of ${limits.jobInputBytes} bytes together`
  return new WeftError('JOB_TOO_LARGE', `${what}; ${most}`)
}

function checkSize(files: readonly { readonly bytes: Uint8Array }[]): void {
  if (files.length > limits.jobInputFiles) throw tooLarge(`the job has ${files.length} files`)
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0)
  if (total > limits.jobInputBytes) throw tooLarge(`the inputs have ${total} bytes together`)
}

/** What is no UTF-8 becomes U+FFFD; nothing else is changed. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
