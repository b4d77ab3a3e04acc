/** What every {@link Store} must do; run on LevelDB and on memory. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Change, Store } from '#node/ports/store.ts'

/** A fresh, empty, open store; `reopen` closes it and opens it again on the same data. */
export interface StoreHarness {
  readonly store: Store
  reopen(): Promise<Store>
  dispose(): Promise<void>
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value)
const put = (key: string, value = key): Change => ({ put: key, value: bytes(value) })
const everything = { gte: '', lt: '\u{10ffff}' }

/** Declares the suite for one implementation. */
export function storeCompliance(name: string, make: () => Promise<StoreHarness>): void {
  describe(`Store compliance: ${name}`, () => {
    let harness: StoreHarness
    beforeEach(async () => {
      harness = await make()
    })
    afterEach(() => harness.dispose())

    it('reads undefined for a missing key', async () => {
      assert.equal(await harness.store.get('nothing'), undefined)
    })

    it('reads its own writes at once, durable or not', async () => {
      const { store } = harness
      const slow = store.write([put('a')], { durable: true })
      await store.write([put('b')], { durable: false })
      assert.equal(text(await store.get('a')), 'a')
      assert.equal(text(await store.get('b')), 'b')
      assert.deepEqual(
        (await store.range(everything)).map(([key]) => key),
        ['a', 'b'],
      )
      await slow
    })

    it('applies batches in the order of the calls', async () => {
      const { store } = harness
      await Promise.all([
        store.write([put('k', '1')], { durable: true }),
        store.write([{ del: 'k' }], { durable: false }),
        store.write([put('k', '2'), put('k', '3')], { durable: true }),
        store.write([put('gone')], { durable: false }),
        store.write([{ del: 'gone' }], { durable: true }),
      ])
      assert.equal(text(await store.get('k')), '3')
      assert.equal(await store.get('gone'), undefined)
    })

    it('keeps a value from the buffers of its callers', async () => {
      const { store } = harness
      const buffer = bytes('before')
      const writing = store.write([{ put: 'k', value: buffer }], { durable: true })
      buffer.fill(0)
      const read = await store.get('k')
      assert.equal(text(read), 'before')
      read?.fill(0)
      await writing
      assert.equal(text(await store.get('k')), 'before')
    })

    it('keeps empty values, and bytes that are not text', async () => {
      const value = Uint8Array.from({ length: 256 }, (_, i) => i)
      await harness.store.write(
        [
          { put: 'empty', value: new Uint8Array(0) },
          { put: 'bytes', value },
        ],
        { durable: true },
      )
      const store = await harness.reopen()
      assert.equal((await store.get('empty'))?.length, 0)
      assert.deepEqual(new Uint8Array((await store.get('bytes')) ?? []), value)
    })

    it('ranges over gte <= key < lt by UTF-8 bytes, with a limit and in reverse', async () => {
      const { store } = harness
      // UTF-16 order would put U+1F600 (surrogates) before U+FF5E.
      const keys = ['a', 'a/1', 'a/2', 'b', '\u{ff5e}', '\u{1f600}']
      await store.write(
        [...keys].reverse().map((key) => put(key)),
        { durable: true },
      )
      const range = async (options: Parameters<Store['range']>[0]) => (await store.range(options)).map(([key]) => key)
      assert.deepEqual(await range(everything), keys)
      assert.deepEqual(await range({ gte: 'a/', lt: 'a0' }), ['a/1', 'a/2'])
      assert.deepEqual(await range({ gte: 'a', lt: 'b' }), ['a', 'a/1', 'a/2'])
      assert.deepEqual(await range({ gte: 'a', lt: 'b', limit: 2 }), ['a', 'a/1'])
      assert.deepEqual(await range({ gte: 'a', lt: 'b', limit: 2, reverse: true }), ['a/2', 'a/1'])
      assert.deepEqual(await range({ gte: 'b', lt: 'a' }), [])
      assert.deepEqual(await range({ gte: 'a', lt: 'b', limit: 0 }), [])
    })

    it('keeps everything over a clean close, also what was not durable', async () => {
      await harness.store.write([put('durable')], { durable: true })
      await harness.store.write([put('lazy')], { durable: false })
      const store = await harness.reopen()
      assert.equal(text(await store.get('durable')), 'durable')
      assert.equal(text(await store.get('lazy')), 'lazy')
    })

    it('opens and closes twice without harm', async () => {
      await harness.store.open()
      await harness.store.close()
      await harness.store.close()
      await harness.store.open()
      assert.equal(await harness.store.get('a'), undefined)
    })

    it('refuses to work while it is closed', async () => {
      await harness.store.close()
      await assert.rejects(harness.store.write([put('a')], { durable: true }))
      await assert.rejects(harness.store.get('a'))
    })

    it('equals a sorted map for any sequence of batches', async () => {
      const key = fc.constantFrom('a', 'b', 'ab', 'é', '\u{1f600}')
      const change = fc.oneof(fc.record({ put: key, value: fc.uint8Array({ maxLength: 4 }) }), fc.record({ del: key }))
      const batch = fc.record({ changes: fc.array(change, { maxLength: 4 }), durable: fc.boolean() })
      await fc.assert(
        fc.asyncProperty(fc.array(batch, { maxLength: 8 }), async (batches) => {
          const world = await make()
          try {
            const model = new Map<string, Uint8Array>()
            const writing = batches.map(({ changes, durable }) => {
              for (const one of changes) {
                if ('put' in one) model.set(one.put, one.value)
                else model.delete(one.del)
              }
              return world.store.write(changes, { durable })
            })
            await assertEquals(world.store, model)
            await Promise.all(writing)
            await assertEquals(await world.reopen(), model)
          } finally {
            await world.dispose()
          }
        }),
        { numRuns: 25 },
      )
    })
  })
}

async function assertEquals(store: Store, model: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const expected = [...model].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const found = await store.range(everything)
  assert.deepEqual(
    found.map(([key, value]) => [key, [...value]]),
    expected.map(([key, value]) => [key, [...value]]),
  )
  for (const [key, value] of expected) assert.deepEqual([...((await store.get(key)) ?? [])], [...value])
}
