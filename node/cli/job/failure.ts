/** A job that did not complete: code, reason, the end of its stderr, the next command. */
import { type Client, type JobView, type LogsView, routes } from '#node/sdk/index.ts'
import { type ErrorCode, errorCodes } from '#protocol/errors.ts'
import { failure } from '../command/errors.ts'
import type { Output } from '../command/output.ts'
import { reasonCounts } from './reasons.ts'

/** Lines of stderr that are shown. */
const TAIL_LINES = 15

/** Prints it and gives the exit status. */
export async function jobFailure(client: Client, output: Output, job: JobView): Promise<number> {
  const code = codeOf(job)
  const logs = await logsOf(client, job)
  const why = code === 'NO_MATCHING_PEER' || code === 'PRICE_TOO_LOW' ? await constraints(client, job) : ''
  const said = logs.find((log) => log.reason !== '')?.reason ?? ''
  const printed = logs.find((log) => log.stderr.trim() !== '')
  if (printed !== undefined && !output.json) {
    output.note(output.messageColour.dim('--- the end of its stderr'))
    output.foreign(`${tail(printed.stderr)}\n`)
    output.note(output.messageColour.dim('---'))
  }
  const reason = [errorCodes[code].means, said, why].filter((text) => text !== '').join(': ')
  const next = errorCodes[code].next.replaceAll('<id>', job.jobId)
  return output.fail(failure(code, `job ${job.jobId} ${job.state}: ${reason}`, next), {
    jobId: job.jobId,
    state: job.state,
    job,
    logs,
  })
}

function codeOf(job: JobView): ErrorCode {
  if (job.code !== '') return job.code
  return job.state === 'expired' ? 'EXPIRED' : job.state === 'cancelled' ? 'CANCELLED' : 'PROGRAM_FAILED'
}

/** How many peers are missing, and which constraint kept how many out. */
async function constraints(client: Client, job: JobView): Promise<string> {
  try {
    const { peers } = await client.call(routes.jobs.why, { params: { id: job.jobId } })
    const fit = peers.filter(({ eligible }) => eligible).length
    const missing = fit < job.replicas ? `${job.replicas} peers are wanted, ${fit} fit` : ''
    return [missing, reasonCounts(peers)].filter((text) => text !== '').join('; ')
  } catch {
    return ''
  }
}

async function logsOf(client: Client, job: JobView): Promise<LogsView['logs']> {
  try {
    return (await client.call(routes.jobs.logs, { params: { id: job.jobId } })).logs
  } catch {
    return []
  }
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
}
