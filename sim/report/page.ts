/** The report: one HTML page that needs nothing but itself. Plots are SVG made here; the only script shows the job that is picked. */
import type { RunRecord } from './recorder.ts'
import { percentile, type Summary } from './summary.ts'

const WIDTH = 900
const HEIGHT = 180
const LEFT = 60

/** The page for one run. */
export function reportPage(summary: Summary, record: RunRecord): string {
  const took = record.jobs.flatMap(({ tookMs }) => tookMs ?? [])
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(summary.scenario)}, seed ${summary.seed}: Weft simulation</title><style>${STYLE}</style></head><body>
<h1>${text(summary.scenario)} <small>seed ${summary.seed} · ${summary.peers} peers · ${summary.virtualMs / 1_000} s virtual · ${summary.events} events</small></h1>
${verdict(summary)}
<section class="figures">${figures(summary)}</section>
<h2>Jobs: latency by time of posting</h2>${scatter(record)}
<h2>Latency: share of jobs done within</h2>${distribution(took)}
<h2>Queue: open jobs and running replicas</h2>${lines(record, [
    ['open jobs', 'a', (sample) => sample.open],
    ['running replicas', 'b', (sample) => sample.running],
  ])}
<h2>Network: frames per second</h2>${lines(record, [['frames', 'a', (sample) => sample.framesPerSecond]])}
<h2>Fairness: tickets per peer</h2>${bars(record.peers.map(({ name, tickets, kind }) => ({ name: `${name}${kind === 'honest' ? '' : ` (${kind})`}`, value: tickets })))}
<h2>Money <small>micro-credits</small></h2>${money(record)}
<h2>Messages by kind</h2>${bars(record.messages.map(([name, value]) => ({ name, value })))}
<h2>Timeline of a job</h2>${timeline(record)}
</body></html>
`
}

function verdict({ violations }: Summary): string {
  if (violations.length === 0) return '<p class="good">Every property held.</p>'
  const rows = violations.map(
    ({ property, atMs, detail }) => `<li><b>${text(property)}</b> at ${atMs} ms: ${text(detail)}</li>`,
  )
  return `<ul class="bad">${rows.join('')}</ul>`
}

function figures({ jobs, latencyMs, replicasPerJob, stateHash }: Summary): string {
  const cells: [string, string | number][] = [
    ['posted', jobs.posted],
    ['completed', jobs.completed],
    ['failed', jobs.failed],
    ['expired', jobs.expired],
    ['open', jobs.open],
    ['p50', `${latencyMs.p50} ms`],
    ['p99', `${latencyMs.p99} ms`],
    ['tickets per job', replicasPerJob],
    ['state', stateHash.slice(0, 12)],
  ]
  return cells.map(([name, value]) => `<div><b>${text(String(value))}</b>${name}</div>`).join('')
}

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
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"><path class="axis" d="M${LEFT} 10V${HEIGHT - 20}H${WIDTH - 10}"/>
<text x="${LEFT - 6}" y="16" class="end">${short(most[1])} ${unit[1]}</text><text x="${LEFT - 6}" y="${HEIGHT - 20}" class="end">0</text>
<text x="${WIDTH - 10}" y="${HEIGHT - 4}" class="end">${short(most[0])} ${unit[0]}</text>${inner}</svg>`
}

function scatter({ jobs, faults }: RunRecord): string {
  const points = jobs.flatMap((job) =>
    job.tookMs === null ? [] : [{ job, at: [job.postedMs / 1_000, job.tookMs] as const }],
  )
  const { x, y, most } = scale(points.map(({ at }) => at))
  const shades = faults.map(
    ({ kind, at, until }) =>
      `<rect class="fault" x="${x(at / 1_000)}" y="10" width="${Math.max(1, x(until / 1_000) - x(at / 1_000))}" height="${HEIGHT - 30}"><title>${text(kind)}</title></rect>`,
  )
  const dots = points.map(
    ({ job, at }) =>
      `<circle class="${job.state === 'completed' ? 'a' : 'bad'}" cx="${x(at[0])}" cy="${y(at[1])}" r="3"><title>job ${job.number}: ${at[1]} ms, ${text(job.state)}</title></circle>`,
  )
  return frame(shades.join('') + dots.join(''), { most, unit: ['s', 'ms'] })
}

function distribution(took: readonly number[]): string {
  const sorted = [...took].sort((a, b) => a - b)
  const points = Array.from({ length: 101 }, (_, i): Point => [percentile(sorted, i / 100), i])
  const { x, y, most } = scale(points)
  return frame(`<path class="line a" d="${pathOf(points.map(([px, py]) => [x(px), y(py)]))}"/>`, {
    most,
    unit: ['ms', '%'],
  })
}

function lines(
  { samples }: RunRecord,
  series: readonly (readonly [string, string, (sample: RunRecord['samples'][number]) => number])[],
): string {
  const all = series.flatMap(([, , value]) => samples.map((sample): Point => [sample.atMs / 1_000, value(sample)]))
  const { x, y, most } = scale(all)
  const paths = series.map(([name, style, value], index) => {
    const path = pathOf(samples.map((sample) => [x(sample.atMs / 1_000), y(value(sample))]))
    return `<path class="line ${style}" d="${path}"/><text x="${LEFT + 12 + 140 * index}" y="20" class="key ${style}">${name}</text>`
  })
  return frame(paths.join(''), { most, unit: ['s', ''] })
}

function pathOf(points: readonly Point[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')
}

function bars(rows: readonly { name: string; value: number }[]): string {
  const most = Math.max(1, ...rows.map(({ value }) => value))
  const shown = rows.slice(0, 60)
  const made = shown.map(
    ({ name, value }) =>
      `<tr><th>${text(name)}</th><td><i style="width:${Math.round((100 * value) / most)}%"></i></td><td>${value}</td></tr>`,
  )
  const rest = rows.length > shown.length ? `<p>and ${rows.length - shown.length} more</p>` : ''
  return `<table class="bars">${made.join('')}</table>${rest}`
}

function money({ accounts, peers }: RunRecord): string {
  const head = '<tr><th>account</th><th>deposit</th><th>spent</th><th>settled</th><th>paid out</th><th>left</th></tr>'
  const rows = accounts.map(
    (row) =>
      `<tr><th>${row.name}</th><td>${row.depositMicro}</td><td>${row.spentMicro}</td><td>${row.settledMicro}</td><td>${row.paidMicro}</td><td>${row.depositMicro - row.spentMicro}</td></tr>`,
  )
  return `<table class="money">${head}${rows.join('')}</table>${bars(peers.map(({ name, earnedMicro }) => ({ name: `${name} earned`, value: earnedMicro })))}`
}

function timeline({ jobs }: RunRecord): string {
  const options = jobs.map(
    ({ number, state, tookMs }) =>
      `<option value="${number}">job ${number}: ${text(state)}${tookMs === null ? '' : `, ${tookMs} ms`}</option>`,
  )
  const data = JSON.stringify(jobs.map(({ number, postedMs, steps }) => ({ number, postedMs, steps }))).replace(
    /</g,
    '\\u003c',
  )
  return `<select id="job">${options.join('')}</select><ol id="steps"></ol>
<script>const jobs=${data};const list=document.getElementById('steps'),pick=document.getElementById('job');
function show(){const job=jobs.find(j=>j.number==pick.value);list.replaceChildren();if(!job)return;
for(const s of [{atMs:job.postedMs,what:'posted'},...job.steps]){const li=document.createElement('li');li.textContent='+'+(s.atMs-job.postedMs)+' ms  '+s.what;list.append(li)}}
pick.onchange=show;show()</script>`
}

function short(value: number): string {
  return value >= 10_000 ? `${Math.round(value / 100) / 10}k` : String(Math.round(value * 10) / 10)
}

function text(raw: string): string {
  return raw.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

const STYLE = `:root{color-scheme:light dark;--a:#2f6fdf;--b:#d97706;--bad:#c0392b;--line:#8886}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1 small,h2 small{font-weight:normal;font-size:.6em;opacity:.7}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.good{color:#16803c;font-weight:600}.bad{color:var(--bad)}.figures{display:flex;flex-wrap:wrap;gap:1.5rem}
.figures b{display:block;font-size:1.4rem}svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}
.end{text-anchor:end}.axis{fill:none;stroke:var(--line)}.line{fill:none;stroke-width:1.5}.line.a{stroke:var(--a)}.line.b{stroke:var(--b)}
circle.a{fill:var(--a);fill-opacity:.6}circle.bad{fill:var(--bad)}svg text.a{fill:var(--a)}svg text.b{fill:var(--b)}
.fault{fill:#c0392b;fill-opacity:.08}table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:normal;padding-right:1rem;white-space:nowrap}
.bars td:nth-child(2){width:70%}.bars i{display:block;height:.8rem;background:var(--a);opacity:.7}.bars td:last-child,.money td{text-align:right;font-variant-numeric:tabular-nums}
.money tr{border-bottom:1px solid var(--line)}#steps{font-family:ui-monospace,monospace;font-size:13px;white-space:pre}`
