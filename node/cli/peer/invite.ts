import { routes } from '#node/sdk/index.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { duration } from '../command/format.ts'

export interface InviteOptions extends CommonOptions {
  readonly uses: number
  readonly hours: number
}

const HOUR_MS = 3_600_000

/** `weft invite`: a join token on stdout. Only the founder's daemon gives one. */
export const invite: CommandAction<InviteOptions> = async (output, options) => {
  const ttlMs = options.hours * HOUR_MS
  const { token } = await connect(options).call(routes.network.invite, { body: { ttlMs, uses: options.uses } })
  output.answer({ token, uses: options.uses, ttlMs }, () => {
    output.line(token)
    const whom = options.uses === 1 ? 'one peer' : `${options.uses} peers`
    output.note(`it admits ${whom} for ${duration(ttlMs)}: weft up --join <token>`)
  })
  return 0
}
