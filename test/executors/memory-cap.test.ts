import assert from 'node:assert/strict'
import { capMemory, MemoryCapTooSmall } from '#node/adapters/executors/kit/wasi/memory-cap.ts'

const PAGE = 65_536
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
/** A module with one memory (2 pages at the start, exported as `m`) and the given maximum. */
const module = (maximum?: number): Uint8Array =>
  Uint8Array.from([
    ...HEADER,
    ...(maximum === undefined ? [5, 3, 1, 0, 2] : [5, 4, 1, 1, 2, maximum]),
    ...[7, 5, 1, 1, 0x6d, 2, 0],
  ])

/** Pages that the memory of `bytes` really takes. */
function pagesMax(bytes: Uint8Array): number {
  const memory = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports['m']
  assert.ok(memory instanceof WebAssembly.Memory)
  try {
    for (let pages = 3; pages < 1_000; pages++) memory.grow(1)
  } catch (error) {
    assert.ok(error instanceof RangeError)
  }
  return memory.buffer.byteLength / PAGE
}

describe('capMemory', () => {
  it('limits a memory that had no limit, to whole pages', () => {
    assert.equal(pagesMax(capMemory(module(), 300 * PAGE)), 300)
    assert.equal(pagesMax(capMemory(module(), 10 * PAGE - 1)), 9)
    assert.equal(pagesMax(capMemory(module(), 2 * PAGE)), 2)
  })

  it('lowers a limit and never raises one', () => {
    assert.equal(pagesMax(capMemory(module(100), 7 * PAGE)), 7)
    assert.equal(pagesMax(capMemory(module(5), 7 * PAGE)), 5)
  })

  it('accepts more memory than WebAssembly has', () => {
    assert.ok(capMemory(module(), 2 ** 40).length > 0)
  })

  it('refuses a limit below what the module starts with', () => {
    assert.throws(
      () => capMemory(module(), 2 * PAGE - 1),
      (error) => error instanceof MemoryCapTooSmall && error.minimumBytes === 2 * PAGE,
    )
  })

  it('refuses what is no module with one memory', () => {
    assert.throws(() => capMemory(Uint8Array.from(HEADER), PAGE), TypeError)
    assert.throws(() => capMemory(Uint8Array.from([...HEADER, 5, 3, 1]), PAGE), TypeError)
  })
})
