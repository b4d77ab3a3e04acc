/**
 * Structured logs by pino: JSON lines for machines, one readable line per event on a terminal. Whatever a caller puts
 * into the fields, nothing secret comes out: members named like a secret, join tokens and key files are replaced.
 */
import { type Logger, pino } from 'pino'
import type { Log } from '#node/ports/log.ts'
import { clean } from './clean.ts'
import { prettyLine } from './pretty.ts'

/** From everything to nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Where lines go: a stream (`process.stderr`), or a file, which is made (0600) and appended to. */
export type LogDestination =
  | { readonly write: (line: string) => unknown; readonly isTTY?: boolean }
  | { readonly file: string }

/**
 * A log of `level` and above. `pretty` and `colour` are on for a terminal unless the caller says otherwise (NO_COLOR is
 * the caller's to read). Bigints are written as text, bytes as base64, errors as name, code, message and stack. Never
 * throws for odd fields.
 */
export function createLog(options: {
  level: LogLevel
  destination: LogDestination
  pretty?: boolean
  colour?: boolean
}): Log {
  const { level, destination } = options
  const stream = 'file' in destination ? fileStream(destination.file) : destination
  const terminal = 'isTTY' in stream && stream.isTTY === true
  const colour = options.colour ?? terminal
  const sink =
    (options.pretty ?? terminal) ? { write: (line: string) => stream.write(prettyLine(line, { colour })) } : stream
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => void sink.write(line) },
  )
  return wrap(logger)
}

function fileStream(file: string): { write: (line: string) => unknown } {
  return pino.destination({ dest: file, append: true, mkdir: true, sync: true, mode: 0o600 })
}

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.isLevelEnabled('debug') && logger.debug(clean(fields), message),
    info: (fields, message) => logger.info(clean(fields), message),
    warn: (fields, message) => logger.warn(clean(fields), message),
    error: (fields, message) => logger.error(clean(fields), message),
    child: (fields) => wrap(logger.child(clean(fields))),
  }
}
