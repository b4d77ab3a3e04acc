/** What an attack may cost, beyond what the same phases cost without one. */
import type { Outcome } from './trial.ts'

/** Admission at the 99th percentile may be so many times what it is without. */
const ADMISSION_RATIO = 2
/** Two cores that five daemons, a poster and an attacker share make such differences by themselves. */
const ADMISSION_NOISE_MS = 250
/** One hostile connection, per daemon: per cent of a core, and MiB of memory. */
const CPU_PERCENT = 5
const RESIDENT_MIB = 32
/** What honest jobs write in a phase varies by this. */
const DISK_NOISE_MIB = 8
/** A peer that offends is barred by all daemons that it floods. */
const DAEMONS = 5

/**
 * The bounds that `outcome` broke, as text for people; none if it held. `control` is the same without an attack:
 * what the machine's noise looks like in the very same figures.
 */
export function brokenBounds(outcome: Outcome, control: Outcome): string[] {
  const broken: string[] = []
  const hold = (holds: boolean, text: string): void => {
    if (!holds) broken.push(text)
  }
  const { jobs } = outcome
  const admissionMs = ADMISSION_RATIO * outcome.without.p99Ms + ADMISSION_NOISE_MS
  const cpuPercent = CPU_PERCENT + Math.abs(control.cpuPercent)
  const residentMiB = RESIDENT_MIB + Math.max(0, control.residentMiB)
  const diskMiB = DISK_NOISE_MIB + Math.max(0, control.diskMiB)
  hold(outcome.dead === undefined, `a daemon ended by itself:\n${outcome.dead}`)
  hold(outcome.with.p99Ms <= admissionMs, `admission p99 ${whole(outcome.with.p99Ms)} ms > ${whole(admissionMs)} ms`)
  hold(outcome.cpuPercent <= cpuPercent, `CPU +${whole(outcome.cpuPercent)} % of a core > ${whole(cpuPercent)} %`)
  hold(outcome.residentMiB <= residentMiB, `memory +${whole(outcome.residentMiB)} MiB > ${whole(residentMiB)} MiB`)
  hold(outcome.diskMiB <= diskMiB, `disk +${whole(outcome.diskMiB)} MiB > ${whole(diskMiB)} MiB`)
  hold(jobs.expired === 0, `${jobs.expired} acknowledged jobs expired`)
  hold(jobs.lost === 0, `${jobs.lost} acknowledged jobs were lost`)
  hold(jobs.failed === 0, `${jobs.failed} jobs failed: ${outcome.codes.join(', ')}`)
  hold(jobs.unacknowledged === 0, `${jobs.unacknowledged} jobs were never acknowledged: ${outcome.codes.join(', ')}`)
  hold(outcome.honestOffences === 0, `${outcome.honestOffences} offences of honest peers`)
  const isBarred = outcome.barredBy === DAEMONS || !outcome.offends || outcome.role === 'witness'
  hold(isBarred, `an offender is barred by ${outcome.barredBy} of ${DAEMONS} daemons`)
  for (const { what, count, allowed } of outcome.harms) hold(count <= allowed, `${count} ${what}, allowed: ${allowed}`)
  return broken
}

function whole(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value)) : 'never'
}
