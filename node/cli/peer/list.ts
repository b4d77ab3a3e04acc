import { type PeerSummary, routes } from '#node/sdk/index.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { bytes, oneLine, shortKey } from '../command/format.ts'
import { table } from '../command/table.ts'

export interface PeerListOptions extends CommonOptions {
  readonly ids?: boolean
  readonly wide?: boolean
}

/** `weft peer list`. */
export const peerList: CommandAction<PeerListOptions> = async (output, options) => {
  const { peers } = await connect(options).call(routes.network.peers, {})
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

function row({ peer, owner, self, connected, offer }: PeerSummary, wide: boolean): string[] {
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
