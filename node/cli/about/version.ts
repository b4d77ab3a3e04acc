import type { CommandAction } from '../command/define.ts'
import { version } from '../command/version.ts'

/** `weft version`. */
export const versionCommand: CommandAction = async (output) => {
  const value = { version: version(), node: process.versions.node, platform: `${process.platform}-${process.arch}` }
  output.answer(value, () => output.line(value.version))
  return 0
}
