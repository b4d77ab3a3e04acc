/**
 * Workloads from traces. The columns are told by the header (CSV) or the keys of the first line (JSON lines):
 *
 * | format | arrival | running time |
 * |---|---|---|
 * | Philly (`timestamp,duration,num_gpus,…`) | `timestamp`, a date | `duration`, seconds |
 * | Azure LLM (`TIMESTAMP,ContextTokens,GeneratedTokens`) | `TIMESTAMP` | tokens, see below |
 * | Mooncake (`{"timestamp", "input_length", "output_length"}`) | `timestamp`, ms | tokens, see below |
 * | your own (`at_ms,run_ms[,wallet][,replicas]`) | `at_ms` | `run_ms` |
 *
 * A model request takes 0.2 ms per input token and 20 ms per output token.
 */
import { type Scenario, ScenarioError } from '../scenario.ts'
import type { JobRequest } from './workload.ts'

type Cell = (name: string) => number

interface Format {
  readonly columns: readonly string[]
  readonly atMs: (cell: Cell) => number
  readonly runMs: (cell: Cell) => number
}

const INPUT_TOKEN_MS = 0.2
const OUTPUT_TOKEN_MS = 20

const formats: readonly Format[] = [
  { columns: ['at_ms', 'run_ms'], atMs: (cell) => cell('at_ms'), runMs: (cell) => cell('run_ms') },
  { columns: ['timestamp', 'duration'], atMs: (cell) => cell('timestamp'), runMs: (cell) => cell('duration') * 1_000 },
  {
    columns: ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'],
    atMs: (cell) => cell('TIMESTAMP'),
    runMs: (cell) => cell('ContextTokens') * INPUT_TOKEN_MS + cell('GeneratedTokens') * OUTPUT_TOKEN_MS,
  },
  {
    columns: ['timestamp', 'input_length', 'output_length'],
    atMs: (cell) => cell('timestamp'),
    runMs: (cell) => cell('input_length') * INPUT_TOKEN_MS + cell('output_length') * OUTPUT_TOKEN_MS,
  },
]

/** One line of a trace, with where its cells stand. */
interface Line {
  readonly number: number
  readonly has: (name: string) => boolean
  readonly cell: Cell
}

/**
 * The first `traceJobs` jobs, earliest first, from virtual time 0 on, sped up. Throws {@link ScenarioError} with line
 * and column.
 */
export function readTrace(text: string, { file, scenario }: { file: string; scenario: Scenario }): JobRequest[] {
  const { traceJobs, traceSpeedup, replicas } = scenario.workload
  const lines = text.trimStart().startsWith('{') ? jsonLines(text, file) : csvLines(text, file)
  const [first] = lines
  const format = formats.find(({ columns }) => first !== undefined && columns.every((name) => first.has(name)))
  if (first === undefined || format === undefined) {
    const known = formats.map(({ columns }) => columns.join(',')).join(' | ')
    throw new ScenarioError(`no known columns; known are ${known}`, { file, line: 1, column: 1 })
  }
  const jobs = lines.map((line, index) => ({
    atMs: format.atMs(line.cell),
    runMs: Math.max(1, Math.round(format.runMs(line.cell) / traceSpeedup)),
    wallet: (line.has('wallet') ? line.cell('wallet') : index) % scenario.wallets,
    replicas: line.has('replicas') ? Math.min(9, Math.max(1, line.cell('replicas'))) : replicas,
  }))
  jobs.sort((a, b) => a.atMs - b.atMs)
  const startMs = jobs[0]?.atMs ?? 0
  return jobs
    .slice(0, traceJobs)
    .map((job) => ({ ...job, atMs: Math.round((job.atMs - startMs) / traceSpeedup) }))
    .filter((job) => job.atMs < scenario.for)
}

function csvLines(text: string, file: string): Line[] {
  const [head = '', ...rows] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const names = head.split(',').map((name) => name.trim())
  const columnOf = new Map(names.map((name, index) => [name, index]))
  return rows.flatMap((row, index): Line[] => {
    if (row.trim() === '') return []
    const cells = row.split(',')
    const number = index + 2
    if (cells.length !== names.length) {
      const message = `${cells.length} cells where the header has ${names.length}`
      throw new ScenarioError(message, { file, line: number, column: 1 })
    }
    const cell = (name: string): number => {
      const at = columnOf.get(name) ?? 0
      const column = cells.slice(0, at).reduce((sum, before) => sum + before.length + 1, 1)
      return numberIn(cells[at] ?? '', { file, line: number, column, name })
    }
    return [{ number, has: (name) => columnOf.has(name), cell }]
  })
}

function jsonLines(text: string, file: string): Line[] {
  return text.split(/\r?\n/).flatMap((row, index): Line[] => {
    if (row.trim() === '') return []
    const line = index + 1
    const value = parse(row, { file, line })
    const cell = (name: string): number => {
      const column = Math.max(1, row.indexOf(`"${name}"`) + 1)
      return numberIn(String(value[name] ?? ''), { file, line, column, name })
    }
    return [{ number: line, has: (name) => name in value, cell }]
  })
}

function parse(row: string, { file, line }: { file: string; line: number }): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(row)
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>
  } catch (error) {
    const column = Number(/position (\d+)/.exec(String(error))?.[1] ?? 0) + 1
    throw new ScenarioError('not a JSON document', { file, line, column })
  }
  throw new ScenarioError('not a JSON object', { file, line, column: 1 })
}

function numberIn(text: string, position: { file: string; line: number; column: number; name: string }): number {
  const plain = text.trim()
  const value = /^\d{4}-\d\d-\d\d[ T]/.test(plain)
    ? Date.parse(`${plain.replace(' ', 'T').slice(0, 23)}Z`)
    : Number(plain)
  if (plain === '' || !Number.isFinite(value) || value < 0) {
    throw new ScenarioError(`${position.name}: expected a number from 0, found "${plain.slice(0, 40)}"`, position)
  }
  return value
}
