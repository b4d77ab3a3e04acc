/**
 * The daemon and the command line as whole processes: time to ready, memory at rest, `weft --help`, each beside bare
 * Node.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { medianOf, type Row, round, weftProgram } from './row.ts'

const ROUNDS = 7

export async function rows(): Promise<Row[]> {
  const weft = weftProgram()
  const help: number[] = []
  const bare: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    bare.push(await timed(['-e', '0']))
    help.push(await timed([weft, '--help']))
  }
  const starts: { readyMs: number; residentMb: number }[] = []
  for (let i = 0; i < 3; i++) starts.push(await startDaemon(weft))
  const node = residentMb(process.pid)
  const ready = starts.map((start) => start.readyMs)
  const memory = starts.map((start) => start.residentMb)
  return [
    row('weft --help (baseline: bare node)', {
      values: help,
      unit: 'ms',
      goal: 2 * medianOf(bare),
      baseline: medianOf(bare),
    }),
    row('weft up, spawn to ready (baseline: bare node)', {
      values: ready,
      unit: 'ms',
      goal: 2_000,
      baseline: medianOf(bare),
    }),
    row('weft up, resident memory after 5 s at rest (baseline: this process)', {
      values: memory,
      unit: 'MB',
      goal: 130,
      baseline: node,
    }),
  ]
}

function row(
  what: string,
  { values, unit, goal, baseline }: { values: number[]; unit: string; goal: number; baseline: number },
): Row {
  const value = medianOf(values)
  const spread = `${round(Math.min(...values))}..${round(Math.max(...values))}`
  return {
    what,
    value: round(value),
    unit,
    spread,
    goal: round(goal),
    met: value <= goal,
    baseline: round(baseline),
    ratio: round(value / baseline),
  }
}

function timed(args: readonly string[]): Promise<number> {
  const started = performance.now()
  return new Promise((resolve) => {
    spawn(process.execPath, args, { stdio: 'ignore' }).on('exit', () => resolve(performance.now() - started))
  })
}

async function startDaemon(weft: string): Promise<{ readyMs: number; residentMb: number }> {
  const home = mkdtempSync(join(tmpdir(), 'weft-bench-'))
  const started = performance.now()
  const args = [
    weft,
    'up',
    '--home',
    home,
    '--port',
    '0',
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--no-mdns',
    '--ready-json',
    '--log-level',
    'error',
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const readyMs = performance.now() - started
  await new Promise((resolve) => setTimeout(resolve, 5_000))
  const resident = residentMb(child.pid ?? 0)
  child.kill('SIGTERM')
  await new Promise((resolve) => child.once('exit', resolve))
  rmSync(home, { recursive: true, force: true })
  return { readyMs, residentMb: resident }
}

/** Linux only; NaN elsewhere. */
function residentMb(pid: number): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return round(Number(kilobytes) / 1_000)
  } catch {
    return Number.NaN
  }
}
