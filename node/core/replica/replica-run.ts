/** One run of a job in one seat: what the replica knows of it. */
import type { SeatRef } from '#protocol/account/inputs.ts'
import type { JobRecord, Seat } from '#protocol/account/state.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { Retry } from '../retry.ts'
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
  /** What was said last: each statement, and where the log stood; something else begins its repetitions anew. */
  said: string
  /** When it says that again. */
  readonly retry: Retry
  readonly lease: Lease
  outputAt: { stdout: number; stderr: number }
}

export function runName(job: string, fence: number): string {
  return `${job}/${fence}`
}
