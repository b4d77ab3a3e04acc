/** `weft dev`: a network of real processes on this machine, until Ctrl-C. */
import { join, resolve } from 'node:path'
import type { ClusterFlags } from '../chain/cluster-flag.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { configOf, DEV_FOLDER } from '../command/home.ts'
import { aborted, onInterrupt } from '../command/interrupt.ts'
import { jsonText } from '../command/output.ts'
import { localLedger, startLocalNetwork } from './local-network.ts'

export interface DevOptions extends CommonOptions, ClusterFlags {
  readonly keypair?: string
  readonly peers: number
  readonly keep?: boolean
}

export const dev: CommandAction<DevOptions> = async (output, options) => {
  const folder = options.home === undefined ? join(configOf(options).paths.home, DEV_FOLDER) : resolve(options.home)
  const { signal, off } = onInterrupt()
  const network = await startLocalNetwork({
    folder,
    peers: options.peers,
    keep: options.keep === true,
    signal,
    ledger: localLedger(options),
    onStep: (text) => (output.json ? undefined : output.line(text)),
    onPeer: (index, { ready }) => {
      if (output.json) output.line(jsonText({ ...ready, index: index + 1 }))
      else output.line(`peer ${index + 1}  ${ready.peer}  pid ${ready.pid}  ${ready.url}  ${ready.addresses[0] ?? ''}`)
    },
  })
  const where = options.home === undefined ? '' : ` --home ${options.home}`
  output.note(`${options.peers} peers are ready. Post a job: weft run${where} <job.yaml>. Ctrl-C stops them all.`)
  const died = network.daemons.map((daemon) =>
    daemon.ended.then(() => output.note(`peer with pid ${daemon.pid} has ended`)),
  )
  await Promise.race([aborted(signal), Promise.all(died)])
  output.note('stopping…')
  await network.stop()
  off()
  return 0
}
