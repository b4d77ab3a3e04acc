import { dirname, join } from 'node:path'

/** The shape of a benchmark's result, and the statistics that all of them use. */

/** One figure beside its baseline from the same run. */
export interface Row {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly spread: string
  /** 0 where there is none. */
  readonly goal: number
  readonly met: boolean
  readonly baseline: number
  /** value / baseline. */
  readonly ratio: number
  /** What it was measured on, what holds it back, or why it was not measured. */
  readonly note?: string
}

export function percentile(values: readonly number[], p: number): number {
  const ascending = [...values].sort((a, b) => a - b)
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * p))] ?? Number.NaN
}

export function medianOf(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** Three significant decimals are more than these machines deserve. */
export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}

/** The bundled command line, beside the bundled benchmarks. */
export function weftProgram(): string {
  return join(dirname(process.argv[1] ?? ''), 'weft.js')
}
