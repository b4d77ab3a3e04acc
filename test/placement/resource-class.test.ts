import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  CLASSES_PER_JOB,
  CLASSES_PER_PROFILE,
  classesFor,
  resourceClasses,
} from '#protocol/membership/resource-class.ts'
import { brokenRule, demandsOf, Rule } from '#protocol/placement/eligible.ts'
import { inputOf, jobOf, offerOf } from './network.ts'

const GiB = 2 ** 30
const sizes = fc.constantFrom(0, 1, GiB, 4 * GiB - 1, 4 * GiB, 16 * GiB, 32 * GiB, 40 * GiB, 512 * GiB)
const engines = ['python', 'wasm', 'ollama']
const regions = ['eu', 'us']
const models = ['tiny', 'large']

describe('resource classes', () => {
  it('of a job hold every peer that fits it', () => {
    const profile = fc.record({
      engines: fc.subarray(engines, { minLength: 1 }),
      memoryBytes: sizes,
      gpuMemoryBytes: sizes,
      models: fc.subarray(models),
      region: fc.constantFrom('', ...regions),
    })
    const needs = fc.record({
      memoryBytes: sizes,
      gpuMemoryBytes: sizes,
      models: fc.subarray(models),
      regions: fc.subarray(regions),
    })
    fc.assert(
      fc.property(profile, needs, fc.constantFrom(...engines), (has, wanted, engine) => {
        const offer = offerOf('peer', { profile: has })
        const job = jobOf({ requirements: wanted, engine: { type: engine, params: {} } })
        if (brokenRule(demandsOf(inputOf([offer], { job })), 0) !== Rule.none) return
        const classes = classesFor({ ...wanted, engine })
        const common = resourceClasses(offer.profile).filter((name) => classes.includes(name))
        assert.ok(common.length > 0, `${classes.join()} has none of ${resourceClasses(offer.profile).join()}`)
      }),
      { numRuns: 2_000 },
    )
  })

  it('are bounded, however many names a profile or a job has', () => {
    const names = Array.from({ length: 64 }, (_, i) => `name ${i}`)
    const { profile } = offerOf('peer', { profile: { engines: names.slice(0, 32), models: names } })
    assert.equal(resourceClasses(profile).length, CLASSES_PER_PROFILE)
    const needs = { engine: 'noop', memoryBytes: 0, gpuMemoryBytes: 0, models: [], regions: [] }
    assert.equal(classesFor(needs).length, CLASSES_PER_JOB)
    assert.equal(classesFor({ ...needs, regions: names }).length, CLASSES_PER_JOB)
  })
})
