import { describeSource } from '#node/config/load.ts'
import { type PeerInfo, routes } from '#node/sdk/index.ts'
import { connect } from '../command/client.ts'
import type { CommandAction } from '../command/define.ts'
import { duration } from '../command/format.ts'
import { configOf } from '../command/home.ts'
import { pairs } from '../command/table.ts'

/**
 * `weft status`: what the daemon says of itself; with `--json` also the settings of this folder and where each came
 * from.
 */
export const status: CommandAction = async (output, options) => {
  const client = connect(options)
  const info = await client.call(routes.network.status, {})
  output.answer({ url: client.url, ...info, settings: settingsOf(options) }, () => {
    output.line(
      pairs([
        ['Version', info.version],
        ['PeerID', info.peer],
        ['Wallet', `${info.owner} (earns)`],
        ['Network', `${info.network}, epoch ${info.epoch}, ${info.members} members`],
        ['Member', info.member ? 'yes' : memberText(info.membership)],
        ['Connections', String(info.connections)],
        ['Engines', info.engines.map(({ engine, version }) => `${engine} ${version}`).join(', ') || 'none'],
        ['Slots', `${info.running} of ${info.slots} busy`],
        ['Logs', `witness of ${info.logs} accounts`],
        ['Up', duration(info.uptimeMs)],
        ['Listening', info.addresses.join('\n           ') || 'nowhere'],
        ['API', client.url],
      ]),
    )
  })
  return 0
}

function memberText({ state, reason }: PeerInfo['membership']): string {
  if (state === 'joining') return "not yet: waiting for the founder's peer"
  return state === 'refused' ? `no: the founder's peer refused, ${reason}` : 'no'
}

function settingsOf(options: Parameters<CommandAction>[1]): Record<string, { value: unknown; from: string }> {
  const { settings, sources } = configOf(options)
  const entries = Object.entries(settings).map(([name, value]) => {
    const source = Object.entries(sources).find(([key]) => key === name)?.[1]
    return [name, { value, from: source === undefined ? 'default' : describeSource(source) }] as const
  })
  return Object.fromEntries(entries)
}
