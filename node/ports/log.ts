/**
 * Structured logging: a fixed message, and what varies in fields. Nothing secret goes in; what other peers sent may,
 * for the adapter makes it harmless to a terminal. Never throws, never waits.
 */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
  /** A log whose every line has `fields` as well. */
  child(fields: Record<string, unknown>): Log
}
