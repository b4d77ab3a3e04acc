/** Every engine of the catalogue, with the sample jobs that it brings: `samples/<engine>.ts`. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { engines } from '#node/adapters/executors/catalogue.ts'
import { executorCompliance, type Samples } from '#test/compliance/executor.ts'

for (const engine of engines) {
  const file = new URL(`./samples/${engine.name}.ts`, import.meta.url)
  if (existsSync(file)) {
    const { samples }: { samples: Samples } = await import(file.href)
    executorCompliance(engine, samples)
  } else
    it(`${engine.name} has its sample jobs`, () => assert.fail(`test/executors/samples/${engine.name}.ts is missing`))
}

describe('the catalogue of engines', () => {
  it('names each engine once', () => {
    const names = engines.map(({ name }) => name)
    assert.equal(new Set(names).size, names.length)
  })

  it('offers by default only what works on every machine', () => {
    for (const { name, auto, selfTest } of engines) assert.ok(!auto || selfTest.needs === undefined, name)
  })
})
