import { z } from 'zod'
import { peerSummarySchema } from '#node/api/views.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { bytes, oneLine, shortKey } from '../command/format.ts'
import { table } from '../command/table.ts'

export interface PeerListOptions extends CommonOptions {
  readonly ids?: boolean
  readonly wide?: boolean
}

const answerSchema = z.object({ peers: z.array(peerSummarySchema) })

/** `weft peer list`. */
export const peerList: CommandAction<PeerListOptions> = async (output, options) => {
  const { peers } = await connect(options).get('/peers', answerSchema)
  output.answer({ peers }, () => {
    if (options.ids === true) for (const { peer } of peers) output.line(peer)
    else
      output.line(
        table(
          HEAD,
          peers.map((peer) => row(peer, options.wide === true)),
        ),
      )
  })
  return 0
}

const HEAD = ['PEER', 'LINK', 'ENGINES', 'FREE', 'MEMORY', 'PRICE/S', 'REGION', 'WALLET']

function row({ peer, owner, self, connected, offer }: z.infer<typeof peerSummarySchema>, wide: boolean): string[] {
  const link = self ? 'self' : connected ? 'connected' : 'known'
  const name = wide ? peer : shortKey(peer)
  const wallet = wide ? owner : shortKey(owner)
  if (offer === null) return [name, link, 'no offer', '-', '-', '-', '-', wallet]
  const engines = oneLine(offer.engines.join(' '), 40) || '-'
  const free = `${offer.freeSlots}/${offer.slots}`
  return [
    name,
    link,
    engines,
    free,
    bytes(offer.memoryBytes),
    `${offer.pricePerSecond}µ`,
    oneLine(offer.region, 20) || '-',
    wallet,
  ]
}
