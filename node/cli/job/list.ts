import { type JobView, routes } from '#node/sdk/index.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { ago, oneLine, shortId, shortKey } from '../command/format.ts'
import type { Output } from '../command/output.ts'
import { table } from '../command/table.ts'

export interface JobListOptions extends CommonOptions {
  readonly account?: string
  readonly limit?: number
  readonly ids?: boolean
  readonly wide?: boolean
}

/** `weft job list`. */
export const jobList: CommandAction<JobListOptions> = async (output, options) => {
  const { account, limit } = options
  const { jobs } = await connect(options).call(routes.jobs.list, { query: { account, limit } })
  output.answer({ jobs }, () => print(output, options, jobs))
  return 0
}

function print(output: Output, { ids, wide }: JobListOptions, jobs: readonly JobView[]): void {
  if (ids === true) {
    for (const job of jobs) output.line(job.jobId)
    return
  }
  if (jobs.length === 0) output.note('no jobs here yet; post one with: weft run <job.yaml>')
  else {
    const rows = jobs.map((job) => [
      wide === true ? job.jobId : shortId(job.jobId),
      colourState(output, job),
      oneLine(job.name, 30),
      job.engine,
      verdictOf(job),
      wide === true ? job.account : shortKey(job.account),
      ago(job.admittedMs),
    ])
    output.line(table(['JOB', 'STATE', 'NAME', 'ENGINE', 'AGREE', 'WALLET', 'ADMITTED'], rows))
    if (wide !== true) output.note('full ids: weft job list --wide')
  }
}

function verdictOf({ verdict }: JobView): string {
  return verdict === null ? '-' : `${verdict.agreed}/${verdict.of}`
}

/** The state in its colour, with the code if it failed. */
export function colourState(output: Output, job: JobView): string {
  const { green, red, yellow } = output.colour
  const text = job.code === '' ? job.state : `${job.state} ${job.code}`
  if (job.state === 'completed') return green(text)
  return job.closedMs === null ? yellow(text) : red(text)
}
