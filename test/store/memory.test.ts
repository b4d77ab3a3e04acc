import assert from 'node:assert/strict'
import { createMemoryStore } from '#node/adapters/store/memory.ts'
import { storeCompliance } from '#test/compliance/store.ts'

storeCompliance('memory', async () => {
  const store = createMemoryStore()
  await store.open()
  return {
    store,
    reopen: async () => {
      await store.close()
      await store.open()
      return store
    },
    dispose: () => store.close(),
  }
})

describe('memory store', () => {
  const one = Uint8Array.of(1)

  it('loses in a crash what was not durable, and nothing else', async () => {
    const store = createMemoryStore()
    await store.open()
    await store.write([{ put: 'before', value: one }], { durable: false })
    await store.write([{ put: 'durable', value: one }], { durable: true })
    await store.write([{ put: 'after', value: one }], { durable: false })
    store.crash()
    await store.open()
    const keys = (await store.range({ gte: '', lt: 'z' })).map(([key]) => key)
    assert.deepEqual(keys, ['before', 'durable'])
  })

  it('never acknowledges a write that a crash overtook', async () => {
    let release = (): void => {}
    const store = createMemoryStore({ fault: () => new Promise((resolve) => (release = resolve)) })
    await store.open()
    const writing = store.write([{ put: 'a', value: one }], { durable: true })
    await Promise.resolve()
    await Promise.resolve()
    store.crash()
    release()
    await assert.rejects(writing)
    await store.open()
    assert.equal(await store.get('a'), undefined)
  })

  it('fails every write after a failed one, until it is opened again', async () => {
    let broken = true
    const store = createMemoryStore({
      fault: () => {
        if (broken) throw new Error('disk full')
      },
    })
    await store.open()
    await assert.rejects(store.write([{ put: 'a', value: one }], { durable: true }), { code: 'INTERNAL' })
    broken = false
    await assert.rejects(store.write([{ put: 'b', value: one }], { durable: true }), { code: 'INTERNAL' })
    await store.open()
    await store.write([{ put: 'c', value: one }], { durable: true })
  })
})
