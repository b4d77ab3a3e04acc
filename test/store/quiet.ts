/** A log that nobody reads. */
import type { Log } from '#node/ports/log.ts'

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }
