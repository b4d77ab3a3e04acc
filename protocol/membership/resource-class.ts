/**
 * Resource classes: coarse names of what peers have and jobs need, by which offers are kept, published and looked up. A
 * peer is in a class for each of its engines by size, for each engine in its region, and for each model. A job names
 * the classes of which one holds any peer that fits: so whoever needs something rare asks for exactly that. Classes
 * decide nothing: whether a peer fits is placement's to say.
 */
import type { Profile } from './offer.ts'

/** What a job asks for, as far as classes tell it. */
export interface ResourceNeeds {
  /** Engine type. */
  readonly engine: string
  readonly memoryBytes: number
  /** 0: no GPU is needed. */
  readonly gpuMemoryBytes: number
  /** All of them. */
  readonly models: readonly string[]
  /** Any of them; empty: anywhere. */
  readonly regions: readonly string[]
}

/** Classes that one profile counts in: names in a profile are its author's to make up. */
export const CLASSES_PER_PROFILE = 32
/** Classes of one job: all sizes from the smallest that may do, or as many regions. */
export const CLASSES_PER_JOB = 12

const GiB = 2 ** 30
/** Where a larger size of memory begins. */
const MEMORY_STEPS = [4 * GiB, 32 * GiB]
/** The same of GPU memory; the smallest size is that of no GPU. */
const GPU_STEPS = [1, 16 * GiB, 40 * GiB]

/** The classes of a peer with this profile, those of its engines first: at most {@link CLASSES_PER_PROFILE}. */
export function resourceClasses(profile: Profile): string[] {
  const { engines, models, region } = profile
  const gpu = sizeOf(profile.gpuMemoryBytes, GPU_STEPS)
  const memory = sizeOf(profile.memoryBytes, MEMORY_STEPS)
  const classes = engines.map((engine) => sizeClass(engine, gpu, memory))
  if (region !== '') classes.push(...engines.map((engine) => regionClass(engine, region)))
  classes.push(...models.map(modelClass))
  return [...new Set(classes)].slice(0, CLASSES_PER_PROFILE)
}

/**
 * The classes that hold every peer that fits a job with these needs (and others, too): that of its first model, else
 * those of its regions, else those of its engine from the smallest size that may do. At most {@link CLASSES_PER_JOB}.
 */
export function classesFor({ engine, memoryBytes, gpuMemoryBytes, models, regions }: ResourceNeeds): string[] {
  const [model] = models
  if (model !== undefined) return [modelClass(model)]
  if (regions.length > 0)
    return [...new Set(regions.map((region) => regionClass(engine, region)))].slice(0, CLASSES_PER_JOB)
  const classes: string[] = []
  for (let gpu = sizeOf(gpuMemoryBytes, GPU_STEPS); gpu <= GPU_STEPS.length; gpu++) {
    for (let memory = sizeOf(memoryBytes, MEMORY_STEPS); memory <= MEMORY_STEPS.length; memory++)
      classes.push(sizeClass(engine, gpu, memory))
  }
  return classes
}

function sizeClass(engine: string, gpu: number, memory: number): string {
  return `size/${gpu}/${memory}/${engine}`
}

function regionClass(engine: string, region: string): string {
  return `region/${region}/${engine}`
}

function modelClass(model: string): string {
  return `model/${model}`
}

/** How many of the ascending `steps` the number reaches. */
function sizeOf(bytes: number, steps: readonly number[]): number {
  return steps.filter((step) => bytes >= step).length
}
