import { routes, type WhyView } from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { shortKey } from '../command/format.ts'
import type { Output } from '../command/output.ts'
import { pairs, table } from '../command/table.ts'
import { reasonText } from './reasons.ts'

export interface JobWhyOptions extends CommonOptions {
  readonly wide?: boolean
}

/** `weft job why <id>`. Fails with CERTIFICATE_BAD if the recomputed digest is another than the certified one. */
export const jobWhy: CommandAction<JobWhyOptions> = async (output, options, [id = '']) => {
  const why = await connect(options).call(routes.jobs.why, { params: { id } })
  const fault = faultOf(why)
  if (fault !== undefined && output.json) return output.fail(fault, why)
  output.answer(why, () => print(output, why, options.wide === true))
  return fault === undefined ? 0 : output.fail(fault)
}

function faultOf(why: WhyView): WeftError | undefined {
  if (why.problem !== null) return new WeftError('CERTIFICATE_BAD', why.problem)
  const differs = why.certified !== null && why.recomputed !== null && !why.matches
  return differs ? new WeftError('CERTIFICATE_BAD', 'the recomputed digest is not the certified one') : undefined
}

function print(output: Output, why: WhyView, wide: boolean): void {
  const { dim, green } = output.colour
  output.line(
    why.height === null
      ? `Not placed yet (${why.state}): ${why.want} peers wanted; with the offers known now:`
      : `Placed by the entry at height ${why.height}: ${why.want} peers wanted.`,
  )
  const rows = why.peers.map((peer) => {
    const chosen = peer.rank !== undefined && peer.rank <= why.want
    const row = [
      peer.rank === undefined ? '-' : String(peer.rank),
      wide ? peer.peer : shortKey(peer.peer),
      reasonText(peer),
    ]
    return peer.eligible ? (chosen ? row.map(green) : row) : row.map(dim)
  })
  output.line(table(['RANK', 'PEER', 'SCORE OR REASON'], rows))
  output.line()
  output.line(pairs(digests(output, why)))
}

function digests(output: Output, why: WhyView): (readonly [string, string])[] {
  const { green, red, yellow } = output.colour
  const missing = why.certified === null || why.recomputed === null
  const match = why.matches
    ? green('yes: the certified decision follows from its inputs')
    : missing && why.problem === null
      ? yellow('this peer does not hold all of it; ask a witness')
      : red('NO')
  return [
    ['Certified digest', why.certified ?? '-'],
    ['Recomputed digest', why.recomputed ?? '-'],
    ['Match', match],
  ]
}
