/**
 * What a job file may say: the schema of its keys, with people's units on the way in and integers on the way out.
 * Limits that the signed form has too are taken from `spec.ts`.
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { DEFAULT_POLICY, isPolicy, policies } from '../placement/policies.ts'
import { type Comparator, jobSpecSchema } from './spec.ts'
import { parseBytes, parseDecimal, parseDuration, parsePpm } from './units.ts'

const spec = jobSpecSchema.shape
const { requirements: needs, inputs, name, replicas, engine } = spec

/** Text or a number that `parse` turns into an integer; otherwise the message says what was expected. */
function quantity<T extends number | bigint>(
  parse: (value: string | number) => T | undefined,
  { is, least, most }: { readonly is: string; readonly least: T; readonly most: T },
) {
  return z.union([z.string(), z.number()], { error: `expected ${is}` }).transform((value, context): T => {
    const parsed = parse(value)
    if (parsed !== undefined && parsed >= least && parsed <= most) return parsed
    const message = parsed === undefined ? `expected ${is}` : `expected ${is} from ${least} to ${most}, not ${parsed}`
    context.issues.push({ code: 'custom', message, input: value })
    return z.NEVER
  })
}

const duration = (most: number) =>
  quantity(parseDuration, { is: 'a time with its unit, such as "30s" or "10m" (in ms)', least: 1, most })
const size = (least: number, most: number) =>
  quantity(parseBytes, { is: 'a size, such as "256 MiB" (in bytes)', least, most })
const fraction = quantity(parsePpm, { is: 'a fraction, such as 0.01 or "1%" (in ppm)', least: 0, most: 1_000_000 })
const credits = quantity((value) => parseDecimal(value, 6), {
  is: 'an amount of credits with at most six decimals, such as "0.5" (in micro-credits)',
  least: 0n,
  most: (1n << 63n) - 1n,
})
const nano = quantity(
  (value) => {
    const parsed = parseDecimal(value, 9)
    return parsed === undefined ? undefined : Number(parsed)
  },
  { is: 'a number with at most nine decimals (in 1e-9)', least: 0, most: Number.MAX_SAFE_INTEGER },
)

const comparator = z
  .union([
    z.literal('exact'),
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('exact') }),
      z.strictObject({ type: z.literal('numeric'), absolute: nano.optional(), relative: fraction.optional() }),
      z.strictObject({ type: z.literal('semantic'), threshold: fraction.optional() }),
    ]),
  ])
  .transform((value): Comparator => {
    if (value === 'exact' || value.type === 'exact') return { type: 'exact' }
    if (value.type === 'semantic') return { type: 'semantic', thresholdPpm: value.threshold ?? SEMANTIC_PPM }
    const given = value.absolute !== undefined || value.relative !== undefined
    const relativePpm = value.relative ?? (given ? 0 : RELATIVE_PPM)
    return { type: 'numeric', absoluteNano: value.absolute ?? 0, relativePpm }
  })

/** Cosine that a semantic comparator asks for unless the file says another. */
const SEMANTIC_PPM = 900_000
/** Relative tolerance of a numeric comparator that names none: one part per million. */
const RELATIVE_PPM = 1

/** A parameter of the engine; `{ file: path }` stands for the text of a local file. */
const param = z.union(
  [z.string(), z.int().nonnegative(), z.array(z.string()).max(256), z.strictObject({ file: z.string().min(1) })],
  { error: 'expected text, a whole number, a list of texts, or { file: <path> }' },
)

/**
 * The keys of a job file. Input: as people write it. Output: integers, in the units of {@link JobSpec}; defaults not
 * yet set.
 */
export const jobFileSchema = z
  .strictObject({
    version: z.literal(1).meta({ description: 'Version of this format.' }),
    name: name.optional().meta({ description: 'Name for people; need not be unique.' }),
    engine: z
      .object({ type: engine.shape.type, file: z.string().min(1).optional() })
      .catchall(param)
      .meta({
        description: 'What runs the job. `file: x` is short for `code: { file: x }`; other keys are its parameters.',
      }),
    inputs: z
      .record(inputs.element.shape.path, z.string().min(1))
      .optional()
      .meta({ description: 'Files that the program reads: path in its folder -> local path.' }),
    requirements: z
      .strictObject({
        time: duration(limits.runTimeMaxMs).optional().meta({ description: 'Wall time of one replica. Default 30s.' }),
        memory: size(1, limits.runMemoryMaxBytes).optional().meta({ description: 'Default 256 MiB.' }),
        gpuMemory: size(0, Number.MAX_SAFE_INTEGER).optional().meta({ description: 'Default 0: no GPU.' }),
        regions: needs.shape.regions.optional().meta({ description: 'The peer must be in one of them. Default: any.' }),
        models: needs.shape.models.optional().meta({ description: 'The peer must have each of them.' }),
      })
      .optional(),
    replicas: replicas.optional().meta({ description: 'Peers that run the job. Default 3.' }),
    comparator: comparator.optional().meta({ description: 'How results are compared. Default exact.' }),
    priceMax: credits.optional().meta({ description: 'Most that the job may cost in all, credits. Default 1.' }),
    deadline: duration(limits.deadlineMaxMs).optional().meta({ description: 'From signing. Default 10m.' }),
    policy: z
      .enum(Object.keys(policies).filter(isPolicy))
      .optional()
      .meta({ description: `How peers are ranked. Default ${DEFAULT_POLICY}.` }),
  })
  .meta({ title: 'Weft job file', description: 'A job in YAML or JSON, before it is signed.' })

/** A job file whose keys and values are well-formed. */
export type JobFile = z.output<typeof jobFileSchema>

/** Names that may stand at `path`, for suggestions; empty where any may. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  switch (path.join('.')) {
    case '':
      return Object.keys(jobFileSchema.shape)
    case 'requirements':
      return Object.keys(jobFileSchema.shape.requirements.unwrap().shape)
    case 'comparator':
      return ['type', 'absolute', 'relative', 'threshold']
    default:
      return []
  }
}
