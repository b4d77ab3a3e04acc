import { type Client, followJob, type LogsView, routes } from '#node/sdk/index.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { shortKey } from '../command/format.ts'
import type { Output } from '../command/output.ts'

export interface JobLogsOptions extends CommonOptions {
  readonly follow?: boolean
  readonly peer?: string
}

/** `weft job logs <id>`: stdout of the replicas to stdout, their stderr to stderr. */
export const jobLogs: CommandAction<JobLogsOptions> = async (output, options, [id = '']) => {
  const client = connect(options)
  if (options.follow === true && !output.json) {
    const job = await client.call(routes.jobs.show, { params: { id } })
    if (job.closedMs === null) return stream(client, output, options, id)
  }
  const logs = await client.call(routes.jobs.logs, { params: { id } })
  const shown = { ...logs, logs: logs.logs.filter((log) => wanted(options, log.peer)) }
  output.answer(shown, () => print(output, shown.logs))
  return 0
}

async function stream(client: Client, output: Output, options: JobLogsOptions, id: string): Promise<number> {
  for await (const event of followJob(client, id)) {
    if (event.type === 'output' && wanted(options, event.peer)) {
      if (event.stream === 'stdout') output.data(event.text)
      else output.foreign(event.text)
    } else if (event.type === 'job' && event.job.closedMs !== null) {
      output.note(`job ${id} ${event.job.state}: weft job show ${id}`)
    }
  }
  return 0
}

function print(output: Output, logs: LogsView['logs']): void {
  if (logs.length === 0) output.note('no logs: no replica has ended yet')
  for (const log of logs) {
    output.note(output.messageColour.dim(`--- ${log.peer === null ? 'job' : shortKey(log.peer)}`))
    output.data(log.stdout)
    output.foreign(log.stderr)
    if (log.reason !== '') output.note(log.reason)
  }
}

function wanted({ peer }: JobLogsOptions, key: string | null): boolean {
  return peer === undefined || (key?.startsWith(peer) ?? false)
}
