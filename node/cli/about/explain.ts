import { type ErrorCode, errorCodes, WeftError } from '#protocol/errors.ts'
import type { CommandAction } from '../command/define.ts'
import { table } from '../command/table.ts'

/** `weft explain [code]`: one code, or the list of all. */
export const explain: CommandAction = async (output, _options, [given]) => {
  if (given === undefined) {
    output.answer({ codes: errorCodes }, () =>
      output.line(
        table(
          ['CODE', 'EXIT', 'MEANS'],
          Object.entries(errorCodes).map(([code, { exit, means }]) => [code, String(exit), means]),
        ),
      ),
    )
    return 0
  }
  const code = given.toUpperCase()
  if (!isErrorCode(code)) throw new WeftError('USAGE', `${given} is no error code`, { data: { next: 'weft explain' } })
  const { means, next, exit } = errorCodes[code]
  output.answer({ code, means, next, exit }, () => {
    output.line(`${output.colour.bold(code)}: ${means}.`)
    output.line(`Next: ${next}`)
    output.line(`Exit status: ${exit}`)
  })
  return 0
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text)
}
