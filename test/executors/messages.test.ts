import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseChildMessage, parseEnd } from '#node/adapters/executors/kit/messages.ts'
import { parseThreadRun } from '#node/adapters/executors/kit/serve-thread.ts'
import { parseRunRequest, parseWorkerRun } from '#node/adapters/executors/python/messages.ts'

describe("messages between the peer and an engine's child", () => {
  it('are read', () => {
    const chunk = Uint8Array.of(1)
    const files = [{ path: 'a', bytes: chunk }]
    for (const message of [
      { type: 'started' },
      { type: 'output', stream: 'stderr', chunk },
      { type: 'ended', end: { kind: 'exit', code: 0, lastLine: '', files } },
      { type: 'ended', end: { kind: 'limit', code: 'MEMORY_LIMIT', reason: 'r' } },
      { type: 'ended', end: { kind: 'broken', reason: 'r' } },
    ])
      assert.deepEqual(parseChildMessage(message), message)
  })

  it('are refused when anything is missing or wrong', () => {
    for (const message of [
      undefined,
      null,
      'started',
      {},
      { type: 'output', stream: 'stdin', chunk: new Uint8Array(1) },
      { type: 'output', stream: 'stdout', chunk: 'text' },
      { type: 'ended' },
      { type: 'ended', end: { kind: 'exit', code: 0.5, lastLine: '', files: [] } },
      { type: 'ended', end: { kind: 'exit', code: 0, lastLine: '', files: [{ path: 1, bytes: new Uint8Array(1) }] } },
      { type: 'ended', end: { kind: 'limit', code: 'TIME_LIMIT', reason: 'r' } },
    ])
      assert.equal(parseChildMessage(message), undefined, JSON.stringify(message))
  })

  it('never throw', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const parse of [parseChildMessage, parseEnd, parseThreadRun, parseRunRequest, parseWorkerRun]) parse(value)
      }),
    )
  })
})
