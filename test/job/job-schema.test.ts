/** The published JSON Schema. `WEFT_REWRITE=1` rewrites it (format it with biome afterwards). */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { jobJsonSchema } from '#protocol/job/job-schema.ts'

const file = new URL('../../protocol/job/job.schema.json', import.meta.url)

describe('job.schema.json', () => {
  it('is what the schema of the job file says', () => {
    const text = `${JSON.stringify(jobJsonSchema(), null, 2)}\n`
    if (process.env['WEFT_REWRITE'] === '1') writeFileSync(file, text)
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(text))
  })

  it('is strict and lists every key', () => {
    const schema = jobJsonSchema()
    assert.equal(schema['additionalProperties'], false)
    assert.deepEqual(schema['required'], ['version', 'engine'])
    const keys = [
      'version',
      'name',
      'engine',
      'inputs',
      'requirements',
      'replicas',
      'comparator',
      'priceMax',
      'deadline',
    ]
    assert.deepEqual(Object.keys(schema['properties'] ?? {}), [...keys, 'policy'])
  })
})
