/** One log line for people: `11:22:33.444 warn  replica lease expired  jobId=bafy… attempt=2`. */
import pc from 'picocolors'
import { z } from 'zod'

const lineSchema = z.looseObject({ level: z.string(), time: z.string(), msg: z.string().optional() })

/**
 * Turns one JSON line of ours into a readable one, ending in a newline; other text passes unchanged. Control characters
 * are escaped.
 */
export function prettyLine(line: string, options: { colour: boolean }): string {
  const parsed = lineSchema.safeParse(parse(line))
  if (!parsed.success) return line
  const { level, time, msg = '', ...fields } = parsed.data
  const paint = pc.createColors(options.colour)
  const levelColour = { debug: paint.dim, info: paint.green, warn: paint.yellow, error: paint.red }[level] ?? paint.bold
  const shown = Object.entries(fields).map(([name, value]) => `${paint.dim(`${name}=`)}${showValue(value)}`)
  return `${[paint.dim(time.slice(11, 23)), levelColour(level.padEnd(5)), escapeControls(msg), ...shown].join(' ')}\n`
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function showValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? escapeControls(value) : JSON.stringify(value)
  if (isError(value)) return JSON.stringify(`${value.code ?? value.name ?? 'Error'}: ${value.message}`)
  return JSON.stringify(value)
}

function isError(value: unknown): value is { name?: string; code?: string; message: string } {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value
}

/** A log line of a hostile peer must not move the cursor of the operator's terminal. */
function escapeControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
