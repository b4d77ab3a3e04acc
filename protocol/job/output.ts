/**
 * The canonical output of a replica: what is hashed, compared, merged and handed to the poster. stderr is a log, not
 * output.
 */
import { decode, encode } from '../wire/canonical.ts'
import { concat, utf8 } from '../wire/hash.ts'

/** What a run leaves. Its size is bounded by whoever collects it (`limits.outputBytes`), not here. */
export interface JobOutput {
  /** All that the program wrote to stdout. */
  readonly stdout: Uint8Array
  /** Files that the program left in `out/`, ordered by path. */
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[]
}

/** Canonical bytes of an output, files ordered by path: the digest of a result is the SHA-256 of these. */
export function encodeOutput(output: JobOutput): Uint8Array {
  const files = [...output.files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  return encode({ stdout: output.stdout, files: files.map(({ path, bytes }) => ({ path, bytes })) })
}

/** The output in `bytes`; `undefined` if they are not canonical or no output. The order of files is not checked. */
export function decodeOutput(bytes: Uint8Array): JobOutput | undefined {
  const value = decode(bytes)
  if (value === null || typeof value !== 'object' || !('stdout' in value) || !('files' in value)) return undefined
  const { stdout, files } = value
  if (!(stdout instanceof Uint8Array) || !Array.isArray(files)) return undefined
  const list: { path: string; bytes: Uint8Array }[] = []
  for (const file of files as readonly unknown[]) {
    if (file === null || typeof file !== 'object' || !('path' in file) || !('bytes' in file)) return undefined
    if (typeof file.path !== 'string' || !(file.bytes instanceof Uint8Array)) return undefined
    list.push({ path: file.path, bytes: file.bytes })
  }
  return { stdout, files: list }
}

/** What numeric and semantic comparators look at: stdout, then each file under its name. */
export function comparableText(output: JobOutput): Uint8Array {
  return concat(output.stdout, ...output.files.flatMap((file) => [utf8(`\n--- ${file.path}\n`), file.bytes]))
}
