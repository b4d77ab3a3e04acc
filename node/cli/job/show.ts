import { type JobView, routes } from '#node/sdk/index.ts'
import { errorCodes } from '#protocol/errors.ts'
import { connect } from '../command/client.ts'
import type { CommandAction } from '../command/define.ts'
import { ago, credits, duration, oneLine, shortKey } from '../command/format.ts'
import type { Output } from '../command/output.ts'
import { pairs, table } from '../command/table.ts'
import { colourState } from './list.ts'

/** `weft job show <id>`. */
export const jobShow: CommandAction = async (output, options, [id = '']) => {
  const job = await connect(options).call(routes.jobs.show, { params: { id } })
  output.answer(job, () => printJob(output, job))
  return 0
}

/** The job on a page: overview, placement, seats, verdict, payments, certificate. */
function printJob(output: Output, job: JobView): void {
  const section = (title: string, text: string): void => {
    if (text !== '') output.line(`\n${output.colour.bold(title)}\n${text}`)
  }
  output.line(pairs(overview(output, job)))
  section('Placement', pairs(placement(job), '  '))
  section('Seats', seats(output, job))
  section('Verdict', verdict(output, job))
  section('Payments', payments(job))
  section('Certificate', certificate(output, job))
}

function overview(output: Output, job: JobView): (readonly [string, string])[] {
  const next = job.code === '' ? [] : [['Next', errorCodes[job.code].next.replaceAll('<id>', job.jobId)] as const]
  const took = job.closedMs === null ? [] : [['Took', duration(job.closedMs - job.admittedMs)] as const]
  return [
    ['Job', output.colour.bold(job.jobId)],
    ['Name', oneLine(job.name)],
    ['State', colourState(output, job)],
    ...next,
    ...(job.escrow === ''
      ? [['Wallet', `${job.account}, job number ${job.seq}`] as const]
      : [['Wallet', job.owner] as const, ['Its account', job.account] as const]),
    ['Engine', job.engine],
    ['Admitted', ago(job.admittedMs)],
    ...took,
    ['Deadline', new Date(job.deadlineMs).toISOString()],
    ['Limit', `${credits(job.priceMax)}, charged ${credits(job.charged)}`],
    ['Output', job.output === '' ? '-' : `weft job output ${job.jobId}`],
  ]
}

function placement({ placement, attempts, replicas, excluded }: JobView): (readonly [string, string])[] {
  if (placement.height === 0) return [['Waiting', 'not placed yet; weft job why says what it waits for']]
  return [
    ['Height', `${placement.height}, attempt ${attempts}`],
    [`Primaries`, `${placement.primaries.map(shortKey).join(', ')} (${replicas} wanted)`],
    ['Standbys', placement.standbys.map(shortKey).join(', ') || '-'],
    ['Excluded', excluded.map(shortKey).join(', ') || '-'],
  ]
}

function seats(output: Output, job: JobView): string {
  if (job.seats.length === 0) return ''
  const outvoted = new Set(job.verdict?.outvoted)
  const rows = job.seats.map((seat) => {
    const key = `  ${shortKey(seat.peer)}`
    const digest = seat.digest === '' ? '-' : seat.digest.slice(0, 16)
    const row = [key, seat.role, String(seat.fence), seat.meterMs === 0 ? '-' : duration(seat.meterMs), digest]
    return outvoted.has(seat.peer) ? row.map(output.colour.red) : row
  })
  return table(['  PEER', 'ROLE', 'FENCE', 'METERED', 'RESULT'], rows)
}

function verdict(output: Output, { verdict }: JobView): string {
  if (verdict === null) return ''
  const { green, red, yellow } = output.colour
  const all = verdict.agreed === verdict.of
  const agree = `  ${verdict.agreed} of ${verdict.of} peers agree, confidence ${verdict.confidence}`
  const against = verdict.outvoted.map((peer) => red(`  outvoted: ${peer}`))
  return [all ? green(agree) : yellow(agree), ...against].join('\n')
}

function payments({ earned }: JobView): string {
  const rows = earned.map(({ payee, peer, amount }) => [
    `  ${shortKey(payee)}`,
    peer === null ? 'witness' : shortKey(peer),
    credits(amount),
  ])
  return rows.length === 0 ? '' : table(['  WALLET', 'FOR PEER', 'AMOUNT'], rows)
}

function certificate(output: Output, { certificate }: JobView): string {
  if (certificate === null) return ''
  const { green, red } = output.colour
  const { signers, n, quorum } = certificate
  return pairs(
    [
      ['Height', `${certificate.height} of epoch ${certificate.epoch}`],
      ['Signed by', `${signers.length} of ${n} witnesses (${quorum} needed): ${signers.map(shortKey).join(', ')}`],
      ['Digest', certificate.digest],
      ['Checked', certificate.valid ? green('valid: signatures and proof recomputed') : red('NOT VALID')],
    ],
    '  ',
  )
}
