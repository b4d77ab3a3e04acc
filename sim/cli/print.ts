/** What people read of a run. */
import type { Summary } from '../report/summary.ts'
import type { SimOptions } from './options.ts'

/** The summary of one run as text; `options`: what the user asked for, so that the same can be asked again. */
export function describe(summary: Summary, options: SimOptions): string {
  const { jobs, latencyMs, violations } = summary
  const speed = summary.wallMs === 0 ? 0 : summary.virtualMs / summary.wallMs
  const lines = [
    [
      `${summary.scenario}: seed ${summary.seed}`,
      `${summary.peers} peers`,
      `${seconds(summary.virtualMs)} virtual in ${seconds(summary.wallMs)} (${speed.toFixed(1)} times real time)`,
      `${summary.events} events`,
    ].join(', '),
    [
      `jobs      ${jobs.posted} posted`,
      `${jobs.acknowledged} acknowledged`,
      `${jobs.completed} completed`,
      `${jobs.failed} failed`,
      `${jobs.expired} expired`,
      `${jobs.rejected} rejected${reasons(summary)}`,
      `${jobs.open} open`,
    ].join(', '),
    `latency   p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms; ${summary.replicasPerJob} tickets per job`,
    `state     ${summary.stateHash}`,
    ...violations.map(
      ({ property, atMs, account, detail }) =>
        `BROKEN    ${property} at ${atMs} ms${account === '' ? '' : ` (${account.slice(0, 8)})`}: ${detail}`,
    ),
    violations.length === 0 ? 'every property held' : `replay    weft sim replay ${summary.seed}${again(options)}`,
  ]
  return lines.join('\n')
}

function reasons({ rejections }: Summary): string {
  const codes = Object.entries(rejections).map(([code, count]) => `${code} ${count}`)
  return codes.length === 0 ? '' : ` (${codes.join(', ')})`
}

/** The options that decide what runs, as they are written. */
function again({ peers, for: duration, scenario, traceFile, traceSpeedup }: SimOptions): string {
  const given = {
    '--peers': peers,
    '--for': duration,
    '--scenario': scenario,
    '--trace-file': traceFile,
    '--trace-speedup': traceSpeedup,
  }
  return Object.entries(given)
    .map(([name, value]) => (value === undefined ? '' : ` ${name} ${value}`))
    .join('')
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

/** A line on stderr that is drawn over itself; nothing where that is not a terminal. */
export function progressLine(json: boolean): { show: (text: string) => void; clear: () => void } {
  const live = !json && process.stderr.isTTY === true && process.env['TERM'] !== 'dumb'
  return {
    show: (text) => live && process.stderr.write(`\r\u001b[K${text}`),
    clear: () => live && process.stderr.write('\r\u001b[K'),
  }
}
