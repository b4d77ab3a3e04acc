import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createLevelStore, type LevelStore, PENDING_BYTES } from '#node/adapters/store/level.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import type { Clock } from '#node/ports/clock.ts'
import { storeCompliance } from '#test/compliance/store.ts'
import { quiet } from './quiet.ts'

const levelStore = (folder: string, clock: Clock = createSystemClock()): LevelStore =>
  createLevelStore({ folder, clock, log: quiet })
const value = Uint8Array.of(1)

/** Passes the store, and is refused by LevelDB when the batch reaches it: the failure of a disk, without one. */
class Unwritable extends Uint8Array<ArrayBuffer> {
  override slice(): Uint8Array<ArrayBuffer> {
    return Object.create(null)
  }
}

storeCompliance('level', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-store-'))
  const store = levelStore(folder)
  await store.open()
  return {
    store,
    reopen: async () => {
      await store.close()
      await store.open()
      return store
    },
    dispose: async () => {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
})

describe('level store', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-store-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('shares one sync among the writes that wait for it', async () => {
    const store = levelStore(join(folder, 'db'))
    await store.open()
    const writes = Array.from({ length: 200 }, (_, i) =>
      store.write([{ put: `k${i}`, value }], { durable: i % 2 === 0 }),
    )
    await Promise.all(writes)
    assert.deepEqual(store.stats(), { batches: 200, syncs: 2, durableWrites: 100 })
    await store.close()
  })

  it('flushes non-durable writes after the delay', async () => {
    const timers: (() => void)[] = []
    const clock: Clock = {
      ...createSystemClock(),
      after: (_, fire) => {
        timers.push(fire)
        return () => {}
      },
    }
    const store = levelStore(folder, clock)
    await store.open()
    await store.write([{ put: 'a', value }], { durable: false })
    await store.write([{ put: 'b', value }], { durable: false })
    assert.equal(timers.length, 1)
    assert.equal(store.stats().syncs, 0)
    timers[0]?.()
    await store.range({ gte: 'a', lt: 'b' })
    assert.equal(store.stats().syncs, 1)
    await store.close()
  })

  it('makes a writer wait for the disk when too much is in memory', async () => {
    const idle: Clock = { ...createSystemClock(), after: () => () => {} }
    const store = levelStore(folder, idle)
    await store.open()
    const large = new Uint8Array(PENDING_BYTES / 2 + 1)
    await store.write([{ put: 'a', value: large }], { durable: false })
    await store.write([{ put: 'b', value: large }], { durable: false })
    assert.equal(store.stats().syncs, 0)
    await store.write([{ put: 'c', value }], { durable: false })
    assert.equal(store.stats().syncs, 1)
    await store.close()
  })

  it('answers getSync from memory and from the disk', async () => {
    const store = levelStore(folder)
    await store.open()
    await store.write([{ put: 'a', value }], { durable: true })
    await store.write([{ put: 'b', value }], { durable: false })
    assert.deepEqual(new Uint8Array(store.getSync('a') ?? []), value)
    assert.deepEqual(store.getSync('b'), value)
    assert.equal(store.getSync('c'), undefined)
    await store.close()
  })

  it('reads the newer of two values while the older one is being synced', async () => {
    const store = levelStore(folder, { ...createSystemClock(), after: () => () => {} })
    await store.open()
    const older = store.write([{ put: 'k', value }], { durable: true })
    await store.write([{ put: 'k', value: Uint8Array.of(2) }], { durable: false })
    await older
    assert.equal(store.stats().syncs, 1)
    assert.deepEqual(store.getSync('k'), Uint8Array.of(2))
    await store.close()
  })

  it('stops at a failed write: none that waits with it or comes later is acknowledged', async () => {
    const store = levelStore(folder)
    await store.open()
    await store.write([{ put: 'before', value }], { durable: true })
    const failing = [
      store.write([{ put: 'a', value: new Unwritable(new ArrayBuffer(1)) }], { durable: true }),
      store.write([{ put: 'b', value }], { durable: true }),
    ]
    for (const write of failing) await assert.rejects(write, { name: 'WeftError', code: 'INTERNAL' })
    await assert.rejects(store.write([{ put: 'c', value }], { durable: true }), { code: 'INTERNAL' })
    await assert.rejects(store.write([{ put: 'd', value }], { durable: false }), { code: 'INTERNAL' })
    await store.close()
    await store.open()
    assert.deepEqual(
      (await store.range({ gte: 'a', lt: 'z' })).map(([key]) => key),
      ['before'],
    )
    await store.close()
  })

  it('says STORE_LOCKED while another holds it', async () => {
    const store = levelStore(folder)
    await store.open()
    await assert.rejects(levelStore(folder).open(), { name: 'WeftError', code: 'STORE_LOCKED' })
    await store.close()
  })

  it('says STORE_CORRUPT for a damaged manifest', async () => {
    const store = levelStore(folder)
    await store.open()
    await store.write([{ put: 'a', value }], { durable: true })
    await store.close()
    const manifest = (await readdir(folder)).find((name) => name.startsWith('MANIFEST'))
    await writeFile(join(folder, manifest ?? ''), 'not a manifest')
    await assert.rejects(levelStore(folder).open(), { name: 'WeftError', code: 'STORE_CORRUPT' })
  })

  it('keeps its folder to its owner', async () => {
    const store = levelStore(join(folder, 'private'))
    await store.open()
    assert.equal((await stat(join(folder, 'private'))).mode & 0o777, 0o700)
    await store.close()
  })

  it('loses no acknowledged durable write to kill -9', async function () {
    this.timeout(60_000)
    const writer = fileURLToPath(new URL('./writer.ts', import.meta.url))
    let next = 0
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, ['--import', 'tsx', writer, folder, String(next)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const enough = next + 150 + 37 * round
      let acknowledged = next - 1
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Math.max(acknowledged, Number(line))
        if (acknowledged >= enough) child.kill('SIGKILL')
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      assert.equal(child.signalCode, 'SIGKILL')
      const store = levelStore(folder)
      await store.open()
      for (let i = 0; i <= acknowledged; i++) {
        assert.notEqual(await store.get(`durable/${i}`), undefined, `durable write ${i} was acknowledged`)
        assert.notEqual(await store.get(`lazy/${i}`), undefined, `lazy write ${i} came before it`)
      }
      await store.close()
      next = acknowledged + 1
    }
  })
})
