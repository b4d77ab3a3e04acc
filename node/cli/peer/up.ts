/** `weft up`: one peer with its API, until SIGINT or SIGTERM. */
import { readFileSync } from 'node:fs'
import { createLog } from '#node/adapters/log/log.ts'
import type { Config } from '#node/config/load.ts'
import { makeFolders } from '#node/config/paths.ts'
import { type Gateway, startGateway } from '#node/gateway/server.ts'
import type { Log } from '#node/ports/log.ts'
import { WeftError } from '#protocol/errors.ts'
import { clusterFlag } from '../chain/cluster-flag.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { bytes, credits } from '../command/format.ts'
import { configOf } from '../command/home.ts'
import { stopTwice } from '../command/interrupt.ts'
import { jsonText, type Output } from '../command/output.ts'
import type { ReadyLine } from '../command/ready-lines.ts'
import { version } from '../command/version.ts'
import { isAlive, readDaemonFile, removeDaemonFile, writeDaemonFile } from './daemon-file.ts'

export interface UpOptions extends CommonOptions {
  readonly bootstrap?: readonly string[]
  readonly join?: string
  readonly listen?: readonly string[]
  readonly host?: string
  readonly port?: number
  readonly slots?: number
  readonly memory?: string
  readonly engines?: string
  readonly region?: string
  readonly price?: string
  readonly url?: string
  readonly ledger?: string
  readonly networkName?: string
  readonly settleSeconds?: number
  readonly settleMin?: string
  /** `false` for `--no-mdns`. */
  readonly mdns?: boolean
  readonly logLevel?: string
  readonly readyJson?: boolean
  readonly exitWithParent?: boolean
}

export const up: CommandAction<UpOptions> = async (output, options) => {
  const config = configOf(options, flagsOf(options))
  const { paths, settings } = config
  refuseSecond(paths.daemon, paths.home)
  makeFolders(paths)
  const log = createLog({ level: settings.logLevel, destination: process.stderr })
  const stop = stopSignal(options.exitWithParent === true)
  const daemon = await startDaemon({ config, log, join: tokenOf(options.join), fatal: stop.fatal })
  try {
    announce(output, options, config, daemon)
    const ended = await stop.asked
    log.info({ reason: ended.reason }, 'stopping')
    if (ended.error !== undefined) throw ended.error
    return 0
  } finally {
    removeDaemonFile(paths.daemon, process.pid)
    await daemon.gateway.stop()
    await daemon.peer.stop()
  }
}

type Peer = Awaited<ReturnType<typeof import('#node/peer/create-peer.ts').createPeer>>

interface Daemon {
  readonly peer: Peer
  readonly gateway: Gateway
}

async function startDaemon(parts: {
  config: Config
  log: Log
  join: string | undefined
  fatal: (error: unknown) => void
}): Promise<Daemon> {
  const { config, log, join, fatal } = parts
  const { settings, paths } = config
  const token = process.env['WEFT_TOKEN'] || undefined
  const { createPeer } = await import('#node/peer/create-peer.ts')
  const peer = await createPeer({
    settings,
    paths,
    log,
    version: version(),
    onFatal: fatal,
    ...(join === undefined ? {} : { join }),
  })
  try {
    await peer.start()
    const gateway = await startGateway(peer, {
      host: settings.apiHost,
      port: settings.apiPort,
      token,
      version: version(),
      onError: (error, requestId) => log.error({ error, requestId }, 'request failed'),
    })
    writeDaemonFile(paths.daemon, { url: gateway.url, pid: process.pid, version: version(), token })
    return { peer, gateway }
  } catch (error) {
    await peer.stop()
    throw error
  }
}

function announce(output: Output, options: UpOptions, { settings, paths }: Config, { peer, gateway }: Daemon): void {
  const info = peer.info()
  const ready: ReadyLine = {
    schemaVersion: 1,
    ready: true,
    version: version(),
    peer: info.peer,
    wallet: info.owner,
    network: info.network,
    addresses: info.addresses,
    url: gateway.url,
    pid: process.pid,
    home: paths.home,
  }
  if (options.readyJson === true || output.json) {
    output.line(jsonText(ready))
    return
  }
  output.line(`Weft ${ready.version} on Node ${process.versions.node}`)
  output.line(`PeerID: ${ready.peer}`)
  output.line(`Wallet: ${ready.wallet} (${paths.wallet})`)
  output.line(`Network: ${ready.network}, ${info.members} members`)
  for (const address of ready.addresses) output.line(`Listening: ${address}`)
  const price = credits(settings.pricePerSecond)
  output.line(`Lending: ${settings.slots} slots, ${bytes(settings.memoryBytes)} memory at ${price} a second`)
  output.line(`API: ${ready.url}`)
  output.line('Daemon is ready')
}

/** Resolves when the process is asked to stop, or cannot go on. A later signal ends it at once. */
function stopSignal(withParent: boolean): {
  readonly asked: Promise<{ reason: string; error?: unknown }>
  readonly fatal: (error: unknown) => void
} {
  let fatal: (error: unknown) => void = () => {}
  const asked = new Promise<{ reason: string; error?: unknown }>((resolve) => {
    fatal = (error) => resolve({ reason: 'fatal error', error })
    let firstMs: number | undefined
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        stopTwice(firstMs)
        firstMs ??= performance.now()
        resolve({ reason: name })
      })
    }
    if (!withParent) return
    process.stdin.on('end', () => resolve({ reason: 'its parent ended' })).on('error', () => {})
    process.stdin.resume()
  })
  // An open stdin would keep the process alive.
  if (withParent) void asked.then(() => process.stdin.destroy())
  return { asked, fatal: (error) => fatal(error) }
}

function refuseSecond(daemonFile: string, home: string): void {
  const known = readDaemonFile(daemonFile)
  if (known === undefined || known.pid === process.pid || !isAlive(known.pid)) return
  throw new WeftError('DAEMON_RUNNING', `a daemon already runs in ${home}: pid ${known.pid}, ${known.url}`, {
    data: { next: 'weft status, or weft up --home <other folder> --port 0' },
  })
}

/** Settings that flags give, by the settings' names. */
function flagsOf(options: UpOptions): Record<string, unknown> {
  return {
    bootstrap: options.bootstrap,
    listen: options.listen,
    apiHost: options.host,
    apiPort: options.port,
    slots: options.slots,
    memoryBytes: options.memory,
    engines: options.engines,
    region: options.region,
    pricePerSecond: options.price,
    mdns: options.mdns === false ? false : undefined,
    logLevel: options.logLevel,
    network: clusterFlag(options),
    networkName: options.networkName,
    settleSeconds: options.settleSeconds,
    settleMin: options.settleMin,
  }
}

/** `@file` keeps the token out of the process list. */
function tokenOf(given: string | undefined): string | undefined {
  if (!given?.startsWith('@')) return given
  try {
    return readFileSync(given.slice(1), 'utf8').trim()
  } catch (cause) {
    throw new WeftError('TOKEN_INVALID', `${given.slice(1)} cannot be read`, { cause })
  }
}
