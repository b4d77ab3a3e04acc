/** Amounts, sizes, times and keys for people. */
import { printable } from './output.ts'

const MICRO = 1_000_000n

/** `1.5 credits` for 1500000 micro-credits. */
export function credits(micro: string | bigint): string {
  const value = BigInt(micro)
  const rest = (value % MICRO).toString().padStart(6, '0').replace(/0+$/, '')
  return `${value / MICRO}${rest === '' ? '' : `.${rest}`} ${value === MICRO ? 'credit' : 'credits'}`
}

/** `256 MiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = count
  let unit = 0
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024
    unit++
  }
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} ${units[unit] ?? ''}`
}

/** `350 ms`, `4.2 s`, `3 min`, `5 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  return `${Number((ms / 3_600_000).toFixed(1))} h`
}

/** `12 s ago`. */
export function ago(ms: number): string {
  return `${duration(Math.max(0, Date.now() - ms))} ago`
}

/** The first eight letters of a key. */
export function shortKey(key: string): string {
  return key.length > 10 ? key.slice(0, 8) : printable(key)
}

/** Start and end of a job's id: all ids begin alike. */
export function shortId(id: string): string {
  return id.length > 20 ? `${id.slice(0, 6)}…${id.slice(-8)}` : id
}

/** One line of a stranger's text. */
export function oneLine(text: string, most = 60): string {
  const flat = printable(text).replace(/\s+/g, ' ').trim()
  return flat.length > most ? `${flat.slice(0, most - 1)}…` : flat
}
