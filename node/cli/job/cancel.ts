import { loadWallet } from '#node/adapters/keys/files.ts'
import { cancelJob, type JobView, routes } from '#node/sdk/index.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { failure } from '../command/errors.ts'
import { clientHome } from '../command/home.ts'

export interface JobCancelOptions extends CommonOptions {
  readonly keypair?: string
}

/** `weft job cancel <id>`: signed by the wallet that posted the job. */
export const jobCancel: CommandAction<JobCancelOptions> = async (output, options, [id = '']) => {
  const client = connect(options)
  const { key, signer } = await loadWallet(options.keypair ?? clientHome(options).wallet)
  const job = await client.call(routes.jobs.show, { params: { id } })
  if (job.owner !== key)
    throw failure(
      'SIGNATURE_BAD',
      `the job belongs to the wallet ${job.owner}, not ${key}`,
      `weft job cancel ${id} -k <its keypair file>`,
    )
  // One that is over is not waited for again; who cancels twice has what was asked for.
  const closed = job.closedMs === null ? await cancelJob(client, signer, job) : job
  if (closed.state !== 'cancelled') throw ended(closed)
  output.answer(closed, () => {
    output.line(`job ${closed.jobId} ${closed.state}`)
    if (closed.escrow !== '') output.note(`its credits come back: weft credits refund ${closed.account}`)
  })
  return 0
}

function ended({ jobId, state }: JobView): Error {
  return failure('JOB_ENDED', `job ${jobId} is ${state}`, `weft job show ${jobId}`)
}
