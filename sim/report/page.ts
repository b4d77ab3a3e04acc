/**
 * The report: one HTML page that needs nothing but itself. Plots are SVG made here; the only script shows the job that
 * is picked.
 */
import { bars, distribution, grouped, lines, scatter, text } from './plots.ts'
import type { ReportData } from './recorder.ts'
import type { Summary } from './summary.ts'

/** The page for one run. */
export function reportPage(summary: Summary, record: ReportData): string {
  const took = record.jobs.flatMap(({ tookMs }) => tookMs ?? [])
  const { seed, peers, virtualMs, events } = summary
  const facts = `seed ${seed} · ${peers} peers · ${virtualMs / 1_000} s virtual · ${events} events`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(summary.scenario)}, seed ${seed}: Weft simulation</title><style>${STYLE}</style></head><body>
<h1>${text(summary.scenario)} <small>${facts}</small></h1>
${verdict(summary)}
<section class="figures">${figures(summary)}</section>
<h2>Jobs: latency by time of posting</h2>${scatter(record)}
<h2>Latency: share of jobs done within</h2>${distribution(took)}
<h2>Queue: open jobs and running replicas</h2>${lines(record, [
    ['open jobs', 'a', (sample) => sample.open],
    ['running replicas', 'b', (sample) => sample.running],
  ])}
<h2>Network: frames per second</h2>${lines(record, [['frames', 'a', (sample) => sample.framesPerSecond]])}
<h2>Fairness: tickets per peer</h2>${fairness(record)}
<h2>Replica overhead: tickets that a job needed</h2>${overhead(record)}
<h2>Money <small>micro-credits</small></h2>${money(record)}
<h2>Messages by kind</h2>${bars(record.messages.map(([name, value]) => ({ name, value })))}
<h2>Timeline of a job <small>pick one, or click its dot above</small></h2>${timeline(record)}
</body></html>
`
}

function verdict({ violations }: Summary): string {
  if (violations.length === 0) return '<p class="good">Every property held.</p>'
  const rows = violations
    .slice(0, VIOLATIONS_SHOWN)
    .map(({ property, atMs, detail }) => `<li><b>${text(property)}</b> at ${atMs} ms: ${text(detail)}</li>`)
  const rest = violations.length - rows.length
  return `<ul class="bad">${rows.join('')}${rest > 0 ? `<li>and ${rest} more</li>` : ''}</ul>`
}

const VIOLATIONS_SHOWN = 10

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

/** Jain's index is 1 if all have the same and 1/n if one has everything. */
function fairness({ peers }: ReportData): string {
  const rows = peers
    .map(({ name, tickets, kind }) => ({ name: `${name}${kind === 'honest' ? '' : ` (${kind})`}`, value: tickets }))
    .sort((a, b) => b.value - a.value)
  const values = rows.map(({ value }) => value)
  const sum = values.reduce((total, value) => total + value, 0)
  const squares = values.reduce((total, value) => total + value * value, 0)
  const jain = squares === 0 ? 1 : (sum * sum) / (values.length * squares)
  const middle = values[Math.floor(values.length / 2)] ?? 0
  const range = `most ${values[0] ?? 0}, median ${middle}, least ${values.at(-1) ?? 0}`
  const none = values.filter((value) => value === 0).length
  return `<p>Jain's index ${jain.toFixed(2)}; ${range}; ${none} peers had none.</p>${bars(rows)}`
}

function overhead({ jobs }: ReportData): string {
  const counts = new Map<number, number>()
  for (const { tickets, tookMs } of jobs) if (tookMs !== null) counts.set(tickets, (counts.get(tickets) ?? 0) + 1)
  const rows = [...counts].sort(([a], [b]) => a - b)
  return bars(rows.map(([tickets, value]) => ({ name: `${tickets} ${tickets === 1 ? 'ticket' : 'tickets'}`, value })))
}

function money({ accounts, peers }: ReportData): string {
  const head = '<tr><th>account</th><th>deposit</th><th>spent</th><th>settled</th><th>paid out</th><th>left</th></tr>'
  const rows = accounts.map(({ name, depositMicro, spentMicro, settledMicro, paidMicro }) => {
    const amounts = [depositMicro, spentMicro, settledMicro, paidMicro, depositMicro - spentMicro]
    return `<tr><th>${name}</th>${amounts.map((value) => `<td>${grouped(value)}</td>`).join('')}</tr>`
  })
  const earned = peers.map(({ name, earnedMicro }) => ({ name, value: earnedMicro })).sort((a, b) => b.value - a.value)
  return `<table class="money">${head}${rows.join('')}</table><p>What peers earned</p>${bars(earned)}`
}

function timeline({ jobs }: ReportData): string {
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
for(const s of [{atMs:job.postedMs,what:'posted'},...job.steps]){const li=document.createElement('li')
li.textContent='+'+(s.atMs-job.postedMs)+' ms  '+s.what;list.append(li)}}
pick.onchange=show;show();
document.addEventListener('click',e=>{const n=e.target.dataset&&e.target.dataset.job
if(n!==undefined){pick.value=n;show();pick.scrollIntoView({block:'center'})}})</script>`
}

const STYLE = `:root{color-scheme:light dark;--a:#2f6fdf;--b:#d97706;--bad:#c0392b;--line:#8886}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1 small,h2 small{font-weight:normal;font-size:.6em;opacity:.7}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.good{color:#16803c;font-weight:600}.bad{color:var(--bad)}.figures{display:flex;flex-wrap:wrap;gap:1.5rem}
.figures b{display:block;font-size:1.4rem}svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}
.end{text-anchor:end}.middle{text-anchor:middle}.grid{fill:none;stroke:var(--line);stroke-dasharray:2 3}
svg text.band{font-size:10px;opacity:.7}.axis{fill:none;stroke:var(--line)}.line{fill:none;stroke-width:1.5}
.line.a{stroke:var(--a)}.line.b{stroke:var(--b)}
circle{cursor:pointer}circle.a{fill:var(--a);fill-opacity:.6}circle.bad{fill:var(--bad)}svg text.a{fill:var(--a)}
svg text.b{fill:var(--b)}
.fault{fill:#c0392b;fill-opacity:.08}table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:normal;padding-right:1rem;white-space:nowrap}
.bars td:nth-child(2){width:70%}.bars i{display:block;height:.8rem;background:var(--a);opacity:.7}
.bars td:last-child,td.n,.money td{text-align:right;font-variant-numeric:tabular-nums}
.money th:not(:first-child){text-align:right;padding:0 0 0 1rem}.money tr{border-bottom:1px solid var(--line)}
#steps{font-family:ui-monospace,monospace;font-size:13px;white-space:pre}`
