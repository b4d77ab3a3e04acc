import assert from 'node:assert/strict'
import { once } from 'node:events'
import { engage, executorsFor } from '#node/peer/engines.ts'
import type { Executor, SelfTested } from '#node/ports/executor.ts'
import type { Log } from '#node/ports/log.ts'
import { quiet } from '../store/quiet.ts'

/** An engine that only tests itself. */
function engine(name: string, selfTest: Executor['selfTest']): Executor {
  return {
    engine: name,
    selfTest,
    run: async () => ({ status: 'engine-failed', reason: 'it only tests itself' }),
    validate: () => undefined,
    stop: async () => undefined,
  }
}

const found = (over: Partial<SelfTested>) => async () => ({ version: '1', models: [], gpuMemoryBytes: 0, ...over })
const signal = new AbortController().signal

describe('the engines that a peer offers', () => {
  it('are those that its settings name, in their order, those by default first', async () => {
    const names = async (settings: readonly string[]) => [...(await executorsFor(settings)).keys()]
    assert.deepEqual(await names(['auto']), ['python'])
    assert.deepEqual(await names(['noop', 'auto', 'noop']), ['python', 'noop'])
    assert.deepEqual(await names(['noop', 'python']), ['noop', 'python'])
    await assert.rejects(executorsFor(['noop', 'pyhton']), {
      code: 'CONFIG_INVALID',
      message: 'engines: no engine is called pyhton; known are python, noop',
    })
  })

  it('bring their models together, and the most GPU memory of one of them', async () => {
    const a = engine('a', found({ version: '1.2', models: ['m2', 'm1'], gpuMemoryBytes: 5 }))
    const b = engine('b', found({ models: ['m3', 'm1'], gpuMemoryBytes: 3 }))
    assert.deepEqual(await engage([a, b], { signal, log: quiet }), {
      engines: [
        { engine: 'a', version: '1.2' },
        { engine: 'b', version: '1' },
      ],
      models: ['m1', 'm2', 'm3'],
      gpuMemoryBytes: 5,
    })
    assert.deepEqual(await engage([], { signal, log: quiet }), { engines: [], models: [], gpuMemoryBytes: 0 })
  })

  it('name no more models than an offer may hold', async () => {
    const many = engine('many', found({ models: Array.from({ length: 100 }, (_, n) => `m${n}`) }))
    assert.equal((await engage([many], { signal, log: quiet })).models.length, 64)
  })

  it('are without one whose self-test fails, which is logged', async () => {
    const warnings: unknown[] = []
    const log: Log = { ...quiet, warn: (fields) => void warnings.push(fields) }
    const error = new Error('broken')
    const broken = engine('broken', async () => Promise.reject(error))
    const { engines } = await engage([broken, engine('a', found({}))], { signal, log })
    assert.deepEqual(engines, [{ engine: 'a', version: '1' }])
    assert.deepEqual(warnings, [{ engine: 'broken', error }])
  })

  it('are not held up by one that waits, and it ends with the peer', async () => {
    const controller = new AbortController()
    const waits = engine('waits', async (options) => {
      await once(options.signal, 'abort')
      throw options.signal.reason
    })
    const tested = new Promise<void>((resolve) => {
      const other = engine('a', async () => {
        resolve()
        return found({})()
      })
      const engaged = engage([waits, other], { signal: controller.signal, log: quiet })
      void engaged.then(({ engines }) => assert.deepEqual(engines, [{ engine: 'a', version: '1' }]))
    })
    await tested
    controller.abort()
  })
})
