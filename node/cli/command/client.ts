/** Finding the daemon that a command talks to. How to talk to it is the SDK's business. */
import { Client } from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import type { CommonOptions } from './define.ts'
import { clientHome } from './home.ts'

/** A client of the daemon that `--api`, WEFT_API or the home's `daemon.json` name. DAEMON_UNREACHABLE if none does. */
export function connect(options: CommonOptions): Client {
  const url = options.api ?? process.env['WEFT_API']
  const token = process.env['WEFT_TOKEN']
  if (url !== undefined && url !== '') {
    if (!URL.canParse(url)) throw new WeftError('USAGE', `${url} is no URL`)
    return new Client({ url, token })
  }
  const { daemon, paths } = clientHome(options)
  if (daemon === undefined) throw new WeftError('DAEMON_UNREACHABLE', `no daemon runs in ${paths.home}`)
  const name = `the daemon at ${daemon.url} (pid ${daemon.pid})`
  return new Client({ url: daemon.url, token: daemon.token ?? token, name })
}
