/** Colours: off without a terminal, with NO_COLOR, TERM=dumb or `--no-color`; on with FORCE_COLOR. */
import pc from 'picocolors'

export function createColors(stream: { readonly isTTY?: boolean }, off: boolean): ReturnType<typeof pc.createColors> {
  const { env } = process
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
  return pc.createColors(!off && !env['NO_COLOR'] && (forced || stream.isTTY === true))
}
