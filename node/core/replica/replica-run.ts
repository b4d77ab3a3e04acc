/** One run of a job in one seat: what the replica knows of it. */
import type { SeatRef } from '#protocol/account/inputs.ts'
import type { JobRecord, Seat } from '#protocol/account/state.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { Retry } from '../retry.ts'
import type { Lease } from './lease.ts'

/** From the moment at which a certified state gives this peer a seat until one takes it away, or the job is closed. */
export interface ReplicaRun {
  /** {@link runName}: what the driver and the store know it by. */
  readonly name: string
  /** Account, job and fence: what all statements about the run name. */
  readonly seat: SeatRef
  /** The job's record when the run began; its specification never changes, the rest is old soon. */
  readonly job: JobRecord
  /** Epoch of the state that gave the seat: its committee confirms the lease. */
  readonly epoch: number
  /** Waits for inputs, is in the engine, or has its result. Only goes forward. */
  phase: 'fetching' | 'running' | 'committed'
  /** The signed acceptance, made once: all repetitions are the same bytes. */
  readonly accept: Envelope
  /** Binds the result without showing it; set with {@link result} when the phase becomes `committed`. */
  commitment?: Envelope
  /** Said once the job is revealing, when every replica has committed. */
  result?: Envelope
  /** The seat in the newest certified state that this peer has seen. */
  role: Seat['role']
  /** True if that state wants to see results. */
  revealing: boolean
  /**
   * What the log had heard and what there was to say when it was last said; something else begins {@link retry} anew.
   */
  said: string
  /** When it is said again. Counts only while the log has not heard it; see {@link isUnheard}. */
  readonly retry: Retry
  /** Renewed while {@link isLeased}. */
  readonly lease: Lease
  /** Bytes of each stream that came from the engine so far: where the next chunk belongs. */
  readonly outputAt: { stdout: number; stderr: number }
}

/** The name of the run that holds the job's seat with `fence`: unique, for a fence is given once. */
export function runName(job: string, fence: number): string {
  return `${job}/${fence}`
}

/** True if the seat is lost unless it is renewed. */
export function isLeased({ role }: ReplicaRun): boolean {
  return role === 'running' || role === 'offered'
}

/** True if the engine works on it under a lease that may run out. */
export function isAtWork({ phase, role }: ReplicaRun): boolean {
  return phase === 'running' && role === 'running'
}

/** True if there is something to say that the log has not heard yet, as far as this peer knows. */
export function isUnheard({ role, commitment }: ReplicaRun): boolean {
  if (role === 'offered') return true
  if (role === 'running') return commitment !== undefined
  return role === 'committed'
}
