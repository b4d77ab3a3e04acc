/** The table of what was found, and the same as one JSON document. */
import type { Outcome } from './trial.ts'

const columns: readonly { readonly title: string; readonly width: number; cell(outcome: Outcome): string }[] = [
  { title: 'row', width: 4, cell: ({ name }) => name },
  { title: 'role', width: 9, cell: ({ role }) => role },
  { title: 'p50 without', width: 12, cell: ({ without }) => ms(without.p50Ms) },
  { title: 'with', width: 8, cell: (outcome) => ms(outcome.with.p50Ms) },
  { title: 'p99 without', width: 12, cell: ({ without }) => ms(without.p99Ms) },
  { title: 'with', width: 8, cell: (outcome) => ms(outcome.with.p99Ms) },
  { title: 'CPU', width: 7, cell: ({ cpuPercent }) => `${signed(cpuPercent)}%` },
  { title: 'RSS MiB', width: 8, cell: ({ residentMiB }) => signed(residentMiB) },
  { title: 'disk', width: 6, cell: ({ diskMiB }) => signed(diskMiB) },
  { title: 'sent MiB', width: 9, cell: ({ sentMiB }) => sentMiB.toFixed(1) },
  { title: 'back MiB', width: 9, cell: ({ backMiB }) => backMiB?.toFixed(1) ?? '-' },
  { title: 'barred', width: 7, cell: ({ barredBy }) => `${barredBy}/5` },
  { title: 'completed', width: 10, cell: ({ jobs }) => String(jobs.completed) },
  { title: 'expired', width: 8, cell: ({ jobs }) => String(jobs.expired) },
  { title: 'failed', width: 7, cell: ({ jobs }) => String(jobs.failed) },
  { title: 'lost', width: 5, cell: ({ jobs }) => String(jobs.lost + jobs.unacknowledged) },
]

/** Says what the columns are. Rows follow, each once it is known. */
export function header(): string {
  return [
    'Admission of honest jobs in milliseconds, without and with the attack; CPU of a core, resident memory and disk of',
    'the daemon that it cost most, beyond the phases without; lost: also what was never acknowledged.',
    '',
    columns.map(({ title, width }) => title.padStart(width)).join(' '),
    '',
  ].join('\n')
}

/** The outcome's line, and below it what was sent, what it did, and each bound that it broke. */
export function lines(outcome: Outcome, broken: readonly string[]): string {
  const cells = columns.map(({ width, cell }) => cell(outcome).padStart(width)).join(' ')
  const harms = outcome.harms.map(({ what, count }) => `${count} ${what}`)
  const note = [outcome.what, ...harms].join('; ')
  return [cells, `     ${note}`, ...broken.map((text) => `     BROKEN: ${text}`), ''].join('\n')
}

function ms(value: number): string {
  return Number.isFinite(value) ? value.toFixed(0) : 'never'
}

function signed(value: number): string {
  const text = value.toFixed(0)
  return value > 0 && text !== '0' ? `+${text}` : text
}
