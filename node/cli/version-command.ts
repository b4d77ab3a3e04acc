import type { Run } from './define.ts'
import { version } from './version.ts'

/** `weft version`. */
export const versionCommand: Run = async (output) => {
  const value = { version: version(), node: process.versions.node, platform: `${process.platform}-${process.arch}` }
  output.answer(value, () => output.line(value.version))
  return 0
}
