/** A scenario: everything that a run depends on besides its seed. Written as YAML; errors name line and column. */
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { DEFAULT_POLICY, isPolicy, policies } from '#protocol/placement/policies.ts'

/** `250ms`, `30s`, `5m`, `1h`, or a number of milliseconds; as milliseconds. */
export const durationSchema = z.union([
  z.number().int().nonnegative(),
  z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'a duration like 250ms, 30s, 5m or 1h')
    .transform((text) => {
      const unit = text.replace(/^[\d.]+/, '')
      return Math.round(
        Number.parseFloat(text) * (unit === 'h' ? 3_600_000 : unit === 'm' ? 60_000 : unit === 's' ? 1_000 : 1),
      )
    }),
])

const ppm = z.number().int().min(0).max(1_000_000)
const share = z.number().min(0).max(1)
const during = { at: durationSchema.default(0), until: durationSchema.optional() }
const peerList = z.array(z.number().int().nonnegative())

/** One fault, on from `at` to `until` (the end of the faults if it says nothing). Peers are numbered from 0. */
const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('crash'), ...during, peer: z.number().int().nonnegative() }),
  /**
   * Up to `times` peers crash right after they sent a message of this kind, each message one time in ten, and come back
   * after `backMs`.
   */
  z.strictObject({
    kind: z.literal('crash-on'),
    ...during,
    message: z.enum(['contribute', 'propose', 'prepare', 'commit', 'header', 'view-change']),
    times: z.number().int().positive().max(1_000).default(1),
    backMs: durationSchema.default(100),
  }),
  z.strictObject({ kind: z.literal('pause'), ...during, peer: z.number().int().nonnegative() }),
  z.strictObject({ kind: z.literal('loss'), ...during, ppm }),
  z.strictObject({ kind: z.literal('duplicate'), ...during, ppm }),
  z.strictObject({ kind: z.literal('reorder'), ...during, ppm }),
  z.strictObject({ kind: z.literal('delay'), ...during, times: z.number().min(1).max(100) }),
  /**
   * The named peers and all others do not hear each other; `oneway`: only the named ones are not heard; `bridge`: one
   * peer hears both.
   */
  z.strictObject({
    kind: z.literal('partition'),
    ...during,
    peers: peerList,
    oneway: z.boolean().default(false),
    bridge: z.number().int().nonnegative().optional(),
  }),
  z.strictObject({
    kind: z.literal('clock-jump'),
    ...during,
    peer: z.number().int().nonnegative(),
    byMs: z.number().int(),
  }),
  z.strictObject({
    kind: z.literal('slow-disk'),
    ...during,
    peer: z.number().int().nonnegative(),
    times: z.number().min(1).max(1_000),
  }),
  z.strictObject({ kind: z.literal('disk-fails'), ...during, peer: z.number().int().nonnegative() }),
  z.strictObject({ kind: z.literal('disk-lies'), ...during, peer: z.number().int().nonnegative() }),
  /** Everything since the last sync, and all before it: the disk is empty. */
  z.strictObject({ kind: z.literal('disk-wiped'), ...during, peer: z.number().int().nonnegative() }),
  /** The wall clock stands still. */
  z.strictObject({ kind: z.literal('clock-freeze'), ...during, peer: z.number().int().nonnegative() }),
  /** All frames from and to one peer take so many times longer. */
  z.strictObject({
    kind: z.literal('slow-link'),
    ...during,
    peer: z.number().int().nonnegative(),
    times: z.number().min(1).max(100),
  }),
  /**
   * So large a share of the peers crashes and restarts each minute, one at a time; or leaves at once and comes back at
   * the end.
   */
  z.strictObject({ kind: z.literal('churn'), ...during, share }),
  z.strictObject({ kind: z.literal('exodus'), ...during, share }),
  /** The peer through which the first open job was posted goes away, for good if `until` says nothing. */
  z.strictObject({ kind: z.literal('poster-gone'), ...during }),
  z.strictObject({ kind: z.literal('chain-stall'), ...during }),
  /** Transactions get lost, or land twice. */
  z.strictObject({ kind: z.literal('chain-loss'), ...during, ppm }),
  z.strictObject({ kind: z.literal('chain-duplicate'), ...during, ppm }),
  z.strictObject({ kind: z.literal('chain-rollback'), ...during }),
  z.strictObject({ kind: z.literal('epoch'), ...during }),
  z.strictObject({
    kind: z.literal('temper'),
    ...during,
    peer: z.number().int().nonnegative(),
    temper: z.enum(['honest', 'wrong', 'collude', 'crash', 'hang', 'slow', 'lazy', 'limit']),
  }),
])

/** Attackers that lie, see `attackers/`. */
export const liarNames = [
  'equivocator',
  'censor',
  'hoarder',
  'grinder',
  'forger',
  'replayer',
  'flooder',
  'liar',
  'silent',
  'eclipser',
  'stranger',
  'copier',
  'lazy',
  'turncoat',
  'colluder',
  'wrong',
] as const

/** Attackers that say what is valid and of no use, in amounts: what the door of a peer is for. */
export const junkNames = [
  'squatter',
  'pauper',
  'fat',
  'hasty',
  'counterfeiter',
  'asker',
  'litterer',
  'impostor',
  'eternal',
  'refuser',
] as const

/** Kinds of attackers. Their order is that in which they are given to peers: new ones come last. */
export const attackerNames = [...liarNames, ...junkNames] as const

const workloadSchema = z.strictObject({
  kind: z.enum(['poisson', 'bursts', 'heavy-tail', 'trace']).default('poisson'),
  /** Mean over the whole network. */
  jobsPerSecond: z.number().positive().max(10_000).default(1),
  /** Mean running time of one replica on the reference machine. */
  runMs: durationSchema.default(400),
  replicas: z.number().int().min(1).max(9).default(3),
  deadlineMs: durationSchema.default(120_000),
  traceFile: z.string().optional(),
  /** Jobs of a trace that are taken, and how much faster than it they come. */
  traceJobs: z.number().int().positive().default(1_000),
  traceSpeedup: z.number().positive().default(1),
})

export const scenarioSchema = z.strictObject({
  name: z.string().max(200).default('default'),
  seed: z
    .number()
    .int()
    .nonnegative()
    .max(2 ** 31)
    .default(1),
  peers: z.number().int().min(1).max(20_000).default(20),
  wallets: z.number().int().min(1).max(4_096).default(5),
  /** What each wallet deposited, micro-credits; a job reserves 10 million. */
  depositMicro: z.number().int().positive().default(1_000_000_000_000),
  /** What each of its jobs authorises it to spend in all; the deposit if it says nothing. */
  authorisedMicro: z.number().int().positive().optional(),
  /** Virtual time in which jobs are posted and faults happen. */
  for: durationSchema.default(60_000),
  /** Virtual time after it in which everything must end (L1). */
  settle: durationSchema.default(30_000),
  regions: z
    .array(z.enum(['eu', 'us-east', 'us-west', 'asia', 'south-america', 'oceania', 'local']))
    .min(1)
    .default(['eu', 'us-east', 'asia']),
  /** Wall clocks differ from the true time by up to so much, and run so much too fast or slow. */
  clocks: z
    .strictObject({ skewMs: durationSchema.default(200), driftPpm: z.number().int().min(0).max(10_000).default(50) })
    .default({ skewMs: 200, driftPpm: 50 }),
  hardware: z
    .strictObject({
      slots: z.tuple([z.number().int().min(0), z.number().int().min(0)]).default([1, 4]),
      speedMilli: z.tuple([z.number().int().min(1), z.number().int().min(1)]).default([500, 2_000]),
      pricePerSecond: z.tuple([z.number().int().min(0), z.number().int().min(0)]).default([500, 2_000]),
    })
    .default({ slots: [1, 4], speedMilli: [500, 2_000], pricePerSecond: [500, 2_000] }),
  /** How jobs rank peers. */
  policy: z.enum(Object.keys(policies).filter(isPolicy)).default(DEFAULT_POLICY),
  /** Jobs one by one, instead of a workload. */
  jobs: z
    .array(
      z.strictObject({
        at: durationSchema.default(0),
        wallet: z.number().int().nonnegative().default(0),
        run: durationSchema.default(400),
        replicas: z.number().int().min(1).max(9).default(3),
      }),
    )
    .optional(),
  workload: workloadSchema.default(workloadSchema.parse({})),
  /** `random`: drawn from the seed. */
  faults: z.union([z.literal('none'), z.literal('random'), z.array(faultSchema)]).default('none'),
  attackers: z.partialRecord(z.enum(attackerNames), share).default({}),
})

export type Scenario = z.infer<typeof scenarioSchema>
export type Fault = z.infer<typeof faultSchema>
export type AttackerName = (typeof attackerNames)[number]

/** A mistake in a scenario or trace file, and where it is. */
export class ScenarioError extends Error {
  readonly line: number
  readonly column: number

  constructor(message: string, position: { line: number; column: number; file?: string }) {
    super(`${position.file ?? 'scenario'}:${position.line}:${position.column}: ${message}`)
    this.name = 'ScenarioError'
    this.line = position.line
    this.column = position.column
  }
}

/** The scenario in a YAML text. Throws {@link ScenarioError} for the first mistake. */
export function parseScenario(text: string, file?: string): Scenario {
  const document = parseDocument(text)
  const position = (offset: number): { line: number; column: number; file?: string } => ({
    ...lineAndColumn(text, offset),
    ...(file === undefined ? {} : { file }),
  })
  const [broken] = document.errors
  if (broken !== undefined)
    throw new ScenarioError(broken.message.split('\n')[0] ?? 'not YAML', position(broken.pos[0]))
  const parsed = scenarioSchema.safeParse(document.toJS() ?? {})
  if (parsed.success) return parsed.data
  const issue = closest(parsed.error.issues)
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : []
  const path = [...(issue?.path ?? []), ...keys.slice(0, 1)]
  throw new ScenarioError(
    `${path.join('.')}: ${issue?.message ?? 'not valid'}`,
    position(offsetOf(document, path, keys.length > 0)),
  )
}

type Issue = z.core.$ZodIssue

/** The first issue; of alternatives the one that got furthest, which is the one that was meant. */
function closest(issues: readonly Issue[]): Issue | undefined {
  const [first] = issues
  if (first?.code !== 'invalid_union' || first.errors.length === 0) return first
  const inner = first.errors.flatMap((alternative) => closest(alternative) ?? [])
  const depth = ({ path, code }: Issue): number => 2 * path.length + (code === 'invalid_type' ? 0 : 1)
  const best = inner.reduce<Issue | undefined>((a, b) => (a === undefined || depth(b) > depth(a) ? b : a), undefined)
  return best === undefined || depth(best) === 0 ? first : { ...best, path: [...first.path, ...best.path] }
}

function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[], isKey: boolean): number {
  for (let length = path.length; length > 0; length--) {
    const found = document.getIn(path.slice(0, length).map(String), true) ?? document.getIn(path.slice(0, length), true)
    const range = (found as { range?: [number, number, number] } | undefined)?.range
    if (range === undefined) continue
    // An unknown key: point at the key, which stands before its value.
    const key = String(path.at(-1))
    const text = document.toString()
    return isKey && length === path.length ? Math.max(0, text.lastIndexOf(key, range[0])) : range[0]
  }
  return 0
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
