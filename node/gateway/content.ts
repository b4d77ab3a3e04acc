/** Outputs and logs as JSON. */
import { z } from 'zod'
import { decode } from '#protocol/wire/canonical.ts'

/** UTF-8 text if the bytes are that, else base64. */
export function contentOf(bytes: Uint8Array): { text: string } | { base64: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}

const part = z
  .union([z.instanceof(Uint8Array), z.string()])
  .transform((value) => (typeof value === 'string' ? value : lossy(value)))
const logsSchema = z.object({ stdout: part.default(''), stderr: part.default(''), reason: part.default('') })

/** The text of a logs blob (canonical CBOR `{ stdout, stderr, reason }`); `undefined` if the bytes are none. */
export function decodeLogs(bytes: Uint8Array): { stdout: string; stderr: string; reason: string } | undefined {
  const parsed = logsSchema.safeParse(decode(bytes))
  return parsed.success ? parsed.data : undefined
}

function lossy(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
