/** Makes log fields safe to print: no secrets, nothing that JSON cannot hold, nothing without an end. */

const SECRET_NAME = /secret|seed|password|passphrase|private|token|authorization|cookie|api-?_?key|mnemonic/i
/** Join tokens, bearer headers. */
const SECRET_TEXT = /weft1-[\w-]{8,}|bearer\s+[\w.~+/=-]{8,}/gi
const REDACTED = '[redacted]'
const DEPTH_MAX = 6
const ITEMS_MAX = 64
const TEXT_MAX = 4_096

/**
 * A copy of `fields` in which members named like a secret, and texts that hold one, are replaced by `[redacted]`. Never
 * throws.
 */
export function clean(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return cleanMembers(fields, 0)
}

function cleanMembers(fields: object, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields).slice(0, ITEMS_MAX)) {
    out[name] = SECRET_NAME.test(name) && typeof value !== 'boolean' ? REDACTED : cleanValue(value, depth)
  }
  return out
}

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  if (typeof value === 'function') return '[function]'
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return cleanBytes(value)
  if (depth >= DEPTH_MAX) return '[deeper]'
  if (value instanceof Error) return cleanError(value, depth)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (value instanceof Map) return [...value].slice(0, ITEMS_MAX).map((entry) => cleanValue(entry, depth + 1))
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].slice(0, ITEMS_MAX).map((item) => cleanValue(item, depth + 1))
  }
  return cleanMembers(value, depth + 1)
}

/** 64 bytes may be a secret key; a signature is never needed in a log. */
function cleanBytes(bytes: Uint8Array): string {
  return bytes.length === 64 ? REDACTED : Buffer.from(bytes.subarray(0, 64)).toString('base64')
}

function cleanError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error
  return {
    name,
    ...('code' in error ? { code: cleanValue(error.code, depth + 1) } : {}),
    message: cleanText(message),
    ...('data' in error ? { data: cleanValue(error.data, depth + 1) } : {}),
    ...(stack === undefined ? {} : { stack: cleanText(stack) }),
    ...(cause === undefined ? {} : { cause: cleanValue(cause, depth + 1) }),
  }
}

function cleanText(text: string): string {
  return text.slice(0, TEXT_MAX).replace(SECRET_TEXT, REDACTED)
}
