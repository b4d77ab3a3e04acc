import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { sim } from './program.ts'

describe('weft sim', () => {
  it('breaks no property in 100 seeds', async () => {
    const { stdout } = await sim('--seed', '1', '--seeds', '100', '--jobs', '2', '--json')
    const { seeds, failures, errors } = JSON.parse(stdout)
    assert.deepEqual({ seeds, failures, errors }, { seeds: 100, failures: [], errors: [] })
  }).timeout(600_000)

  // Each of these seeds found a bug: what it was is in sim/README.md.
  it('breaks no property with the seeds that once did', async () => {
    for (const seed of ['46', '119', '120', '219', '275', '1116', '1781']) {
      const { code, stdout } = await sim('--seed', seed)
      assert.equal(code, 0, stdout)
    }
  }).timeout(120_000)

  it('ends with 1 and says how to replay when a property breaks', async () => {
    const scenario = fileURLToPath(new URL('./too-many-silent.yaml', import.meta.url))
    const { code, stdout } = await sim('--scenario', scenario)
    assert.equal(code, 1)
    assert.match(stdout, /BROKEN {4}L1 .*\nreplay {4}weft sim replay 1 --scenario .*\n$/s)
  }).timeout(60_000)

  it('names line and column of a mistake, and ends with 2', async () => {
    const scenario = fileURLToPath(new URL('./mistake.yaml', import.meta.url))
    const { code, stderr } = await sim('--scenario', scenario)
    assert.equal(code, 2)
    assert.match(stderr, /mistake\.yaml:3:8: peers: /)
    const trace = await sim('--trace-file', fileURLToPath(new URL('./mistake.csv', import.meta.url)), '--json')
    assert.equal(trace.code, 2)
    assert.deepEqual(JSON.parse(trace.stdout).error.line, 3)
    assert.deepEqual(JSON.parse(trace.stdout).error.column, 5)
  }).timeout(60_000)
})
