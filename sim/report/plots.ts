/** Plots as SVG, and tables of bars: text in, text out. */
import type { ReportData } from './recorder.ts'
import { percentile } from './summary.ts'

const WIDTH = 900
const HEIGHT = 180
const LEFT = 60
/** A plot's beginning: its size and its two axes. */
const OPENING = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
<path class="axis" d="M${LEFT} 10V${HEIGHT - 20}H${WIDTH - 10}"/>`

type Point = readonly [number, number]

function scale(points: readonly Point[]): { x: (value: number) => number; y: (value: number) => number; most: Point } {
  const most: Point = [Math.max(1, ...points.map(([x]) => x)), Math.max(1, ...points.map(([, y]) => y))]
  return {
    most,
    x: (value) => Math.round(LEFT + ((WIDTH - LEFT - 10) * value) / most[0]),
    y: (value) => Math.round(HEIGHT - 20 - ((HEIGHT - 30) * value) / most[1]),
  }
}

function frame(inner: string, { most, unit }: { most: Point; unit: readonly [string, string] }): string {
  return `${OPENING}
<text x="${LEFT - 6}" y="16" class="end">${short(most[1])} ${unit[1]}</text>
<text x="${LEFT - 6}" y="${HEIGHT - 20}" class="end">0</text>
<text x="${WIDTH - 10}" y="${HEIGHT - 4}" class="end">${short(most[0])} ${unit[0]}</text>${inner}</svg>`
}

/** What was wrong when, as bands with their names. */
function bands({ faults }: ReportData, x: (seconds: number) => number): string {
  return faults
    .slice(0, BANDS_MAX)
    .map(({ kind, at, until }, index) => {
      const left = Math.min(WIDTH - 10, x(at / 1_000))
      const width = Math.max(1, Math.min(WIDTH - 10, x(until / 1_000)) - left)
      const label = `<text class="band" x="${left + 3}" y="${HEIGHT - 24 - 11 * (index % 4)}">${text(kind)}</text>`
      const size = `x="${left}" y="10" width="${width}" height="${HEIGHT - 30}"`
      return `<rect class="fault" ${size}><title>${text(kind)}</title></rect>${label}`
    })
    .join('')
}

const BANDS_MAX = 40

/** Latency of each job by the time of its posting; a dot that is clicked picks its job. */
export function scatter(record: ReportData): string {
  const points = record.jobs.flatMap((job) =>
    job.tookMs === null ? [] : [{ job, at: [job.postedMs / 1_000, job.tookMs] as const }],
  )
  const { x, y, most } = scale(points.map(({ at }) => at))
  const dots = points.map(({ job, at }) => {
    const style = job.state === 'completed' ? 'a' : 'bad'
    const title = `<title>job ${job.number}: ${at[1]} ms, ${text(job.state)}</title>`
    return `<circle class="${style}" data-job="${job.number}" cx="${x(at[0])}" cy="${y(at[1])}" r="3">${title}</circle>`
  })
  return frame(bands(record, x) + dots.join(''), { most, unit: ['s', 'ms'] })
}

/**
 * Share of `took` that is at most so long; the time axis is logarithmic, so that a tail does not press the rest
 * together.
 */
export function distribution(took: readonly number[]): string {
  const sorted = [...took].sort((a, b) => a - b)
  const least = Math.max(1, sorted[0] ?? 1)
  const longest = Math.max(least * 2, sorted.at(-1) ?? 1)
  const x = (ms: number): number =>
    Math.round(LEFT + ((WIDTH - LEFT - 10) * Math.log(Math.max(ms, least) / least)) / Math.log(longest / least))
  const y = (share: number): number => Math.round(HEIGHT - 20 - ((HEIGHT - 30) * share) / 100)
  const path = Array.from({ length: 101 }, (_, i): Point => [x(percentile(sorted, i / 100)), y(i)])
  const marks = [50, 90, 99].map((share) => {
    const ms = percentile(sorted, share / 100)
    // Next to the end of the axis there is no room for its name.
    const name =
      x(ms) > WIDTH - 100 ? '' : `<text x="${x(ms)}" y="${HEIGHT - 6}" class="middle">p${share} ${short(ms)}</text>`
    return `<path class="grid" d="M${LEFT} ${y(share)}H${x(ms)}V${HEIGHT - 20}"/>${name}`
  })
  return `${OPENING}
<text x="${LEFT - 6}" y="16" class="end">100 %</text>
<text x="${WIDTH - 10}" y="${HEIGHT - 6}" class="end">${short(longest)} ms</text>
<text x="${LEFT}" y="${HEIGHT - 6}">${short(least)}</text>${marks.join('')}
<path class="line a" d="${pathOf(path)}"/></svg>`
}

export function lines(
  record: ReportData,
  series: readonly (readonly [string, string, (sample: ReportData['samples'][number]) => number])[],
): string {
  const { samples } = record
  const all = series.flatMap(([, , value]) => samples.map((sample): Point => [sample.atMs / 1_000, value(sample)]))
  const { x, y, most } = scale(all)
  const paths = series.map(([name, style, value], index) => {
    const path = pathOf(samples.map((sample) => [x(sample.atMs / 1_000), y(value(sample))]))
    const key = `<text x="${LEFT + 12 + 140 * index}" y="20" class="key ${style}">${name}</text>`
    return `<path class="line ${style}" d="${path}"/>${key}`
  })
  return frame(bands(record, x) + paths.join(''), { most, unit: ['s', ''] })
}

function pathOf(points: readonly Point[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')
}

/** Rows of bars, at most 40. */
export function bars(rows: readonly { name: string; value: number }[]): string {
  const most = rows.reduce((max, { value }) => Math.max(max, value), 1)
  // Of many, those with nothing say nothing.
  const shown = rows.filter(({ value }) => value > 0 || rows.length <= BARS_MAX).slice(0, BARS_MAX)
  const made = shown.map(({ name, value }) => {
    const bar = `<i style="width:${Math.round((100 * value) / most)}%"></i>`
    return `<tr><th>${text(name)}</th><td>${bar}</td><td>${grouped(value)}</td></tr>`
  })
  const rest = rows.length > shown.length ? `<p>and ${rows.length - shown.length} more, none larger</p>` : ''
  return `<table class="bars">${made.join('')}</table>${rest}`
}

const BARS_MAX = 40

/** 1 234 567. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

function short(value: number): string {
  return value >= 10_000 ? `${Math.round(value / 100) / 10}k` : String(Math.round(value * 10) / 10)
}

export function text(raw: string): string {
  return raw.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
