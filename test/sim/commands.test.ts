import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { SIM, sim } from './program.ts'

const SILENT = fileURLToPath(new URL('./too-many-silent.yaml', import.meta.url))
const SMALL = ['--peers', '5', '--for', '3s', '--seed', '2']

describe('what weft sim can be asked', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'weft-sim-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('replays a trace that it wrote to the same state', async () => {
    const trace = join(folder, 'trace.jsonl')
    const first = JSON.parse((await sim(...SMALL, '--trace', trace, '--json')).stdout)
    const again = JSON.parse((await sim('replay', trace, '--json')).stdout)
    assert.equal(again.seed, 2)
    if (first.violations.length === 0) assert.equal(again.stateHash, first.stateHash)
    else assert.equal(again.violations[0].detail, first.violations[0].detail)
    const last = JSON.parse(readFileSync(trace, 'utf8').trimEnd().split('\n').at(-1) ?? '')
    assert.equal(last.summary.stateHash, first.stateHash)
  }).timeout(60_000)

  it('comes to the same state when every signature is checked', async () => {
    const hash = async (...more: string[]): Promise<string> =>
      JSON.parse((await sim(...SMALL, '--json', ...more)).stdout).stateHash
    assert.equal(await hash('--verify-all'), await hash())
  }).timeout(60_000)

  it('runs jobs of a trace file, and replays them from the trace alone', async () => {
    const jobs = join(folder, 'jobs.csv')
    const trace = join(folder, 'own.jsonl')
    writeFileSync(jobs, 'at_ms,run_ms,wallet,replicas\n0,100000,0,3\n20000,50000,1,1\n40000,50000,0,2\n')
    const asked = ['--peers', '5', '--for', '2s', '--trace-file', jobs, '--trace-speedup', '100']
    const first = JSON.parse((await sim(...asked, '--trace', trace, '--json')).stdout)
    assert.equal(first.jobs.completed, 3)
    rmSync(jobs)
    const again = JSON.parse((await sim('replay', trace, '--json')).stdout)
    assert.equal(again.jobs.posted, 3)
  }).timeout(60_000)

  it('shrinks a failing scenario to a small file that fails the same way', async () => {
    const large = join(folder, 'large.yaml')
    writeFileSync(
      large,
      `name: large\npeers: 6\nwallets: 2\nfor: 4s\nregions: [eu, asia]\nworkload: { jobsPerSecond: 1, replicas: 1 }\nattackers: { silent: 0.7 }
faults:\n  - { kind: slow-disk, at: 1s, until: 2s, peer: 2, times: 3 }\n  - { kind: loss, at: 1s, until: 2s, ppm: 1000 }\n`,
    )
    const { code, stdout } = await sim('shrink', '--scenario', large)
    assert.equal(code, 1, stdout)
    assert.match(stdout, /^# L1 breaks; found in \d+ runs\n/)
    const small = parse(stdout)
    assert.ok(small.peers < 6 && small.for < 4_000, stdout)
    assert.deepEqual(
      Object.keys(small).filter((key) => ['faults', 'wallets', 'hardware', 'depositMicro'].includes(key)),
      ['wallets'],
    )
    const file = join(folder, 'small.yaml')
    writeFileSync(file, stdout)
    const again = await sim('--scenario', file, '--json')
    assert.equal(again.code, 1)
    assert.ok(JSON.parse(again.stdout).violations.some(({ property }: { property: string }) => property === 'L1'))
  }).timeout(120_000)

  it('says that there is nothing to shrink', async () => {
    const { code, stderr } = await sim('shrink', '--seed', '2', '--for', '1s', '--peers', '4')
    assert.equal(code, 0)
    assert.match(stderr, /nothing to shrink/)
  }).timeout(60_000)

  it('stops at the first seed that breaks something, and says how to see it again', async () => {
    const { code, stdout } = await sim('--scenario', SILENT, '--until-failure', '--jobs', '2')
    assert.equal(code, 1)
    assert.match(stdout, /BROKEN {4}L1 .*replay {4}weft sim replay \d+ --scenario .*too-many-silent\.yaml\n/s)
  }).timeout(60_000)

  it('writes summary, report and trace when it is stopped', async () => {
    const files = { trace: join(folder, 'stopped.jsonl'), report: join(folder, 'stopped.html') }
    writeFileSync(files.trace, '')
    const child = spawn(
      process.execPath,
      [SIM, '--for', '10h', '--json', '--trace', files.trace, '--report', files.report],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let stdout = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    // Its first lines are on the disk: it runs, and listens to signals.
    const watcher = watch(files.trace, () => {
      if (statSync(files.trace).size === 0) return
      watcher.close()
      child.kill('SIGINT')
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    assert.equal(code, 130)
    const summary = JSON.parse(stdout)
    assert.equal(summary.schemaVersion, 1)
    assert.ok(summary.virtualMs > 0)
    assert.match(readFileSync(files.trace, 'utf8'), /\{"type":"summary".*\}\n$/)
    assert.match(readFileSync(files.report, 'utf8'), /<\/html>\n$/)
  }).timeout(60_000)

  it('writes a report that needs nothing but itself and holds every job', async () => {
    const report = join(folder, 'report.html')
    const { stdout } = await sim(...SMALL, '--report', report, '--json')
    const page = readFileSync(report, 'utf8')
    assert.doesNotMatch(page, /https?:|src=|<link|@import|url\(|fetch\(/)
    const data = JSON.parse(/<script>const jobs=(\[.*?\]);const list/s.exec(page)?.[1] ?? '[]')
    assert.equal(data.length, JSON.parse(stdout).jobs.posted)
    assert.ok(data.every(({ steps }: { steps: unknown[] }) => steps.length > 3))
    for (const heading of ['latency', 'Queue', 'Fairness', 'Replica overhead', 'Money', 'Messages', 'Timeline']) {
      assert.match(page, new RegExp(`<h2>[^<]*${heading}`))
    }
  }).timeout(60_000)

  for (const [text, place, message] of [
    ['peers: 4\nfor: soon\n', '2:6', /for: a duration like/],
    ['faults:\n  - { kind: crash, peer: 1 }\n  - { kind: crsh, peer: 1 }\n', '3:13', /faults\.1\.kind: .*'crash'/],
    ['peers: 4\nfaults:\n  - { kind: loss, ppm: 2000000 }\n', '3:24', /faults\.0\.ppm: /],
    ['name: x\nturbo: 3\n', '2:1', /turbo/],
    ['name: x\npeers: [1\n', '3:1', /Flow sequence/],
    ['workload: { kind: trace }\n', '1:1', /traceFile/],
  ] as const) {
    it(`names the place of ${text.trimEnd().split('\n').at(-1)?.trim()}`, async () => {
      const file = join(folder, 'mistake.yaml')
      writeFileSync(file, text)
      const { code, stdout } = await sim('--scenario', file, '--json')
      const { error } = JSON.parse(stdout)
      assert.equal(code, 2)
      assert.equal(`${error.line}:${error.column}`, place)
      assert.match(error.message, message)
    }).timeout(20_000)
  }

  for (const [what, args] of [
    ['a duration that is none', ['--for', 'soon']],
    ['too many peers', ['--peers', '99999']],
    ['a scenario that does not exist', ['--scenario', 'nowhere.yaml']],
    ['a seed or trace that does not exist', ['replay', 'nowhere.jsonl']],
    ['a report about many runs', ['--seeds', '3', '--report', 'out.html']],
    ['an option that does not exist', ['--turbo']],
  ] as const) {
    it(`refuses ${what} with 2`, async () => {
      const { code, stdout } = await sim(...args, '--json')
      assert.equal(code, 2)
      assert.ok(JSON.parse(stdout).error.message.length > 0)
    }).timeout(20_000)
  }
})
