/** What every {@link Executor} must do; run on each engine. */
import assert from 'node:assert/strict'
import type { Executor, Outcome, Task } from '#node/ports/executor.ts'

type Params = Task['engine']['params']

/** A fresh engine, a program that prints exactly `prints` (not empty) to stdout and ends well, and parameters that it must refuse. */
interface ExecutorHarness {
  readonly executor: Executor
  readonly good: { readonly params: Params; readonly prints: string }
  readonly bad: readonly Params[]
}

const MiB = 1_024 * 1_024
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Declares the suite for one engine. */
export function executorCompliance(name: string, make: () => ExecutorHarness): void {
  describe(`Executor compliance: ${name}`, function () {
    this.timeout(60_000)
    let harness: ExecutorHarness
    beforeEach(() => {
      harness = make()
    })
    afterEach(() => harness.executor.stop())

    const run = (params: Params, options: { fence?: number; signal?: AbortSignal; onOutput?: OnOutput } = {}) =>
      harness.executor.run(
        {
          jobId: 'compliance',
          fence: options.fence ?? 1,
          engine: { type: harness.executor.engine, params },
          files: [],
          limits: { timeMs: 20_000, memoryBytes: 256 * MiB, outputBytes: MiB },
        },
        { signal: options.signal ?? new AbortController().signal, onOutput: options.onOutput ?? (() => undefined) },
      )

    it('names its engine as a job does', () => {
      assert.match(harness.executor.engine, /^[a-z][a-z0-9-]{0,31}$/)
    })

    it('proves that it works and names its version', async () => {
      const { version } = await harness.executor.selfTest({ signal: new AbortController().signal })
      assert.match(version, /^[\w.+-]{1,64}$/)
    })

    it('runs a program to its end and meters it', async () => {
      const outcome = await run(harness.good.params)
      assert.equal(outcome.status, 'done', reasonOf(outcome))
      assert.equal(text(outcome.stdout), harness.good.prints)
      assert.ok(Number.isSafeInteger(outcome.meterMs) && outcome.meterMs >= 1)
    })

    it('streams exactly what it returns', async () => {
      let streamed = ''
      const outcome = await run(harness.good.params, {
        onOutput: (stream, chunk) => {
          if (stream === 'stdout') streamed += text(chunk)
        },
      })
      assert.equal(outcome.status, 'done', reasonOf(outcome))
      assert.equal(streamed, harness.good.prints)
    })

    it('gives the same bytes to two replicas', async () => {
      const [one, two] = [await run(harness.good.params, { fence: 1 }), await run(harness.good.params, { fence: 2 })]
      assert.equal(one.status, 'done', reasonOf(one))
      assert.deepEqual(withoutMeter(one), withoutMeter(two))
    })

    it('runs several programs at once', async () => {
      const outcomes = await Promise.all([1, 2, 3].map((fence) => run(harness.good.params, { fence })))
      for (const outcome of outcomes) assert.equal(outcome.status, 'done', reasonOf(outcome))
    })

    it('accepts good parameters and explains what is wrong with bad ones', () => {
      assert.equal(harness.executor.validate(harness.good.params, []), undefined)
      for (const params of harness.bad)
        assert.match(harness.executor.validate(params, []) ?? '', /^.+\.$/, JSON.stringify(params))
    })

    it('fails a job whose parameters it refuses, and does not reject', async () => {
      for (const params of harness.bad) {
        const outcome = await run(params)
        assert.equal(outcome.status === 'program-failed' && outcome.code, 'PROGRAM_FAILED')
      }
    })

    it('ends a run whose signal is aborted already as engine-failed', async () => {
      const outcome = await run(harness.good.params, { signal: AbortSignal.abort() })
      assert.equal(outcome.status, 'engine-failed')
    })

    it('ends the run as engine-failed when it is aborted in the middle, or lets it finish', async () => {
      const controller = new AbortController()
      const running = run(harness.good.params, { signal: controller.signal })
      controller.abort()
      assert.notEqual((await running).status, 'program-failed')
    })

    it('runs nothing after it was stopped, and stops twice', async () => {
      await harness.executor.stop()
      await harness.executor.stop()
      assert.equal((await run(harness.good.params)).status, 'engine-failed')
    })
  })
}

type OnOutput = (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void

function reasonOf(outcome: Outcome): string | undefined {
  return outcome.status === 'done' ? undefined : outcome.reason
}

function withoutMeter(outcome: Outcome): unknown {
  return outcome.status === 'engine-failed' ? outcome : { ...outcome, meterMs: 0 }
}
