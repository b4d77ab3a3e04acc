/** One run of a job in one seat: what the replica knows of it. */
import type { SeatRef } from '#protocol/account/inputs.ts'
import type { JobRecord, Seat } from '#protocol/account/state.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { Lease } from './renewals.ts'

export interface ReplicaRun {
  readonly name: string
  readonly seat: SeatRef
  readonly job: JobRecord
  readonly epoch: number
  phase: 'fetching' | 'running' | 'committed'
  readonly accept: Envelope
  commitment?: Envelope
  result?: Envelope
  /** The log's view of the seat. */
  role: Seat['role']
  revealing: boolean
  sayAtMs: number
  /** What was said last, how often, and how long it waits before it says that again. */
  said: string
  times: number
  everyMs: number
  readonly lease: Lease
  outputAt: { stdout: number; stderr: number }
}

export function runName(job: string, fence: number): string {
  return `${job}/${fence}`
}
