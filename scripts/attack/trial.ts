/** One trial: an attack by a peer of one role on one network, with phases without and with it in turn. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { medianOf, percentile } from '../bench/row.ts'
import { type Arena, lastLines } from './arena.ts'
import type { Role } from './catalogue.ts'
import { Gauge, type Use } from './gauge.ts'
import { HonestLoad, type Phase, type Posted } from './honest-load.ts'
import { honestOffences } from './honest-offences.ts'
import { type Hostile, startHostile } from './hostile-child.ts'
import type { Options, Trial } from './options.ts'
import type { Briefing, Harm, Report } from './orders.ts'

const MiB = 2 ** 20
const BLOB_BYTES = 4 * MiB
/** After a phase with the attack: what was under way is over, so that it is not counted to the next phase. */
const BETWEEN_MS = 500

/** Admission of honest jobs in phases of one kind. */
export interface Admission {
  /** Medians over the phases, in milliseconds; infinite where jobs were not admitted at all. */
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What one trial found. */
export interface Outcome {
  readonly name: string
  readonly role: Role
  readonly what: string
  readonly offends: boolean
  readonly without: Admission
  readonly with: Admission
  /** Of the daemon that it cost most, beyond its own phases without; per cent of a core. */
  readonly cpuPercent: number
  /** Beyond its first phase without, of the daemon that grew most. */
  readonly residentMiB: number
  readonly diskMiB: number
  readonly sentMiB: number
  /** Undefined where it cannot be counted. */
  readonly backMiB: number | undefined
  /** Daemons that hold no connection with the attacker at the end. */
  readonly barredBy: number
  readonly jobs: Readonly<Record<'completed' | 'expired' | 'failed' | 'lost' | 'unacknowledged', number>>
  /** Why jobs did not complete, each once. */
  readonly codes: readonly string[]
  readonly harms: readonly Harm[]
  readonly honestOffences: number
  /** Last log lines of a daemon that ended by itself. */
  readonly dead: string | undefined
}

/** Runs it on `arena`, whose hostile members nobody speaks for yet. `program` runs the hostile peer. */
export async function runTrial(
  { attack, role }: Trial,
  { arena, options, program, signal }: { arena: Arena; options: Options; program: string; signal: AbortSignal },
): Promise<Outcome> {
  const watch = watchDaemons(arena)
  const victims = arena.victims(role)
  const offencesBefore = honestOffences(arena)
  let hostile: Hostile | undefined
  const load = new HonestLoad(arena.poster, victims, (job) => hostile?.tell(job))
  const stopAtOnce = (): void => hostile?.kill()
  signal.addEventListener('abort', stopAtOnce, { once: true })
  try {
    const blob = attack.name === '5b' ? await storeBlob(arena, load) : { cid: '', at: '' }
    const seconds = options.seconds * options.rounds
    hostile = await startHostile(program, {
      ...{ attack: attack.name, role, networkId: arena.networkId, blob, seconds },
      ...{ victims: victims.map(({ key }) => key), unfunded: [...arena.unfunded], home: arena.hostileHome },
      seeds: seedsFor(arena, role, attack.arena),
      daemons: arena.daemons.map(({ daemon }) => ({ peer: daemon.ready.peer, addresses: [...daemon.ready.addresses] })),
      poster: { peer: arena.posterKey, addresses: [...arena.posterAddresses] },
    })
    load.begin('warm-up', 0)
    await pause(options.warmUpSeconds * 1_000, undefined, { signal })
    const uses = await phases({ arena, load, hostile, options, signal })
    load.begin('after', options.rounds)
    const report = await hostile.end()
    await load.settle()
    const offences = honestOffences(arena) - offencesBefore
    const facts = { load, uses, report, offences, dead: watch.dead() }
    return outcomeOf({ attack, role }, facts)
  } finally {
    signal.removeEventListener('abort', stopAtOnce)
    hostile?.kill()
    load.halt()
  }
}

interface Uses {
  readonly without: readonly Use[][]
  readonly with: readonly Use[][]
}

async function phases(parts: {
  arena: Arena
  load: HonestLoad
  hostile: Hostile
  options: Options
  signal: AbortSignal
}): Promise<Uses> {
  const { arena, load, hostile, options, signal } = parts
  const gauge = new Gauge(arena.daemons.map(({ daemon, paths }) => ({ pid: daemon.pid, folder: paths.store })))
  const uses: { without: Use[][]; with: Use[][] } = { without: [], with: [] }
  try {
    for (let round = 0; round < options.rounds; round++) {
      for (const phase of ['without', 'with'] as const) {
        load.begin(phase, round)
        gauge.lap()
        if (phase === 'with') hostile.attack()
        await pause(options.seconds * 1_000, undefined, { signal })
        uses[phase].push(gauge.lap())
        if (phase === 'with') await hostile.rest()
        load.begin('after', round)
        await pause(BETWEEN_MS, undefined, { signal })
      }
    }
    return uses
  } finally {
    gauge.stop()
  }
}

/** The strangers' keys are new each time; members' are the arena's. */
function seedsFor(arena: Arena, role: Role, kind: Trial['attack']['arena']): string[] {
  const seeds = role === 'stranger' ? arena.hostile.map(() => randomBytes(32)) : arena.hostile.map(({ seed }) => seed)
  return seeds.slice(0, kind === 'offers' ? seeds.length : 1).map((seed) => Buffer.from(seed).toString('base64'))
}

/** A blob that a witness of the first honest account holds; which of the daemons it is, the job's certificate says. */
async function storeBlob(arena: Arena, load: HonestLoad): Promise<Briefing['blob']> {
  const { cid, signers } = await load.postWithInput(randomBytes(BLOB_BYTES))
  const at = arena.daemons.map(({ daemon }) => daemon.ready.peer).find((peer) => signers.includes(peer))
  if (at === undefined) throw new Error('no daemon signed the job with an input')
  return { cid, at }
}

function watchDaemons(arena: Arena): { dead: () => string | undefined } {
  let dead: string | undefined
  for (const one of arena.daemons)
    void one.daemon.ended.then(() => {
      dead ??= lastLines(one)
    })
  return { dead: () => dead }
}

function outcomeOf(
  { attack, role }: Trial,
  facts: { load: HonestLoad; uses: Uses; report: Report; offences: number; dead: string | undefined },
): Outcome {
  const { load, uses, report, offences, dead } = facts
  const { posted, forgedOutput } = load
  const forged = { what: "pieces of forged output at a job's follower", count: forgedOutput, allowed: 0 }
  const ended = posted.filter(({ phase }) => phase !== 'warm-up')
  const count = (end: Posted['end']): number => ended.filter((job) => job.end === end).length
  return {
    ...{ name: attack.name, what: attack.what, offends: attack.offends, role, dead },
    without: admissionOf(posted, 'without'),
    with: admissionOf(posted, 'with'),
    cpuPercent: mostBeyond(uses, ({ cpuPercent }) => cpuPercent, medianOf),
    residentMiB: growthOf(uses, ({ residentBytes }) => residentBytes) / MiB,
    diskMiB: growthOf(uses, ({ diskBytes }) => diskBytes) / MiB,
    sentMiB: report.sentBytes / MiB,
    backMiB: report.backBytes < 0 ? undefined : report.backBytes / MiB,
    barredBy: report.barredBy,
    jobs: {
      completed: count('completed'),
      expired: count('expired'),
      failed: count('failed') + count('cancelled'),
      lost: count('lost'),
      unacknowledged: count(''),
    },
    codes: [...new Set(ended.flatMap(({ code }) => (code === '' ? [] : [code])))],
    harms: attack.name === '6' ? [forged] : report.harms,
    honestOffences: offences,
  }
}

/** Medians over phases of one kind; of phases without the attack the best one, for an attack can outlast its phase. */
function admissionOf(posted: readonly Posted[], phase: Phase): Admission {
  const rounds = new Map<number, number[]>()
  for (const job of posted) {
    if (job.phase !== phase) continue
    const times = rounds.get(job.round) ?? []
    rounds.set(job.round, [...times, job.admissionMs])
  }
  const over = (p: number): number => {
    const values = [...rounds.values()].map((times) => percentile(times, p))
    return phase === 'without' ? Math.min(...values) : medianOf(values)
  }
  return { p50Ms: over(0.5), p99Ms: over(0.99) }
}

/** The largest difference, over daemons, between phases with and phases without. */
function mostBeyond(uses: Uses, of: (use: Use) => number, over: (values: readonly number[]) => number): number {
  const daemons = uses.with[0]?.length ?? 0
  const beyond = Array.from({ length: daemons }, (_, i) => {
    const value = (laps: readonly Use[][]): number => over(laps.flatMap((lap) => (lap[i] ? [of(lap[i])] : [])))
    return value(uses.with) - value(uses.without)
  })
  return Math.max(...beyond)
}

/** The largest growth, over daemons, from the first phase without to the highest phase with. */
function growthOf(uses: Uses, of: (use: Use) => number): number {
  const [first = []] = uses.without
  return Math.max(
    ...first.map((use, i) => Math.max(...uses.with.flatMap((lap) => (lap[i] ? [of(lap[i])] : []))) - of(use)),
  )
}
