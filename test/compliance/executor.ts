/** What every {@link Executor} must do; run on each engine of the catalogue with the engine's own sample jobs. */
import assert from 'node:assert/strict'
import type { Engine } from '#node/adapters/executors/catalogue.ts'
import type { EngineParams, Executor, Outcome, RunOptions, Task } from '#node/ports/executor.ts'

/** A small job; `files` are its inputs, as text by path. */
export interface Sample {
  readonly params: EngineParams
  readonly files?: Readonly<Record<string, string>>
}

/** What an engine has no job for, and why: it runs no programs, or has no files. */
interface Cannot {
  readonly cannot: string
}

/** One engine's sample jobs. They need no more than 256 MiB, and but for `endless` and `flood` end within seconds. */
export interface Samples {
  /** Prints exactly `stdout` (not empty) and ends well. */
  readonly prints: Sample & { readonly stdout: string }
  /** Ends with `exitCode`, or breaks, by its own fault. */
  readonly fails: (Sample & { readonly exitCode: number }) | Cannot
  /** Prints at least one byte, then never ends. */
  readonly endless: Sample | Cannot
  /** Prints for ever. */
  readonly flood: Sample | Cannot
  /** Reads an input, prints exactly `stdout`, and leaves `results`. */
  readonly file: (Sample & { readonly stdout: string; readonly results: Readonly<Record<string, string>> }) | Cannot
  /** Parameters that the engine refuses for a job without inputs. */
  readonly refused: readonly EngineParams[]
}

const MiB = 1_024 * 1_024
const OUTPUT_BYTES = 100_000
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Declares the suite for one engine. Where what the engine needs is missing on this machine, it is skipped. */
export function executorCompliance(engine: Engine, samples: Samples): void {
  describe(`Executor compliance: ${engine.name}`, function () {
    this.timeout(60_000)
    let executor: Executor
    const signal = new AbortController().signal

    before(async function () {
      this.timeout(engine.selfTest.timeMs + 10_000)
      if (engine.selfTest.needs === undefined) return
      const tested = await engine.load()
      const works = await tested.selfTest({ signal }).catch(() => undefined)
      await tested.stop()
      if (works === undefined) this.skip()
    })
    beforeEach(async () => {
      executor = await engine.load()
    })
    afterEach(() => executor?.stop())

    const run = (sample: Sample, over: Partial<RunOptions> & { fence?: number; timeMs?: number } = {}) =>
      executor.run(taskOf(engine.name, sample, over), {
        signal: over.signal ?? signal,
        onOutput: over.onOutput ?? (() => undefined),
      })

    it('is named as in the catalogue, and as jobs name it', () => {
      assert.equal(executor.engine, engine.name)
      assert.match(engine.name, /^[a-z][a-z0-9-]{0,31}$/)
    })

    it('proves that it works, and says what its offer advertises', async () => {
      const { version, models, gpuMemoryBytes } = await executor.selfTest({ signal })
      assert.match(version, /^[\w.+-]{1,64}$/)
      assert.ok(models.length <= 64 && models.every((name) => name.length >= 1 && name.length <= 128))
      assert.ok(Number.isSafeInteger(gpuMemoryBytes) && gpuMemoryBytes >= 0)
    })

    it('runs a program to its end and meters it', async () => {
      const outcome = done(await run(samples.prints))
      assert.equal(text(outcome.stdout), samples.prints.stdout)
      assert.ok(Number.isSafeInteger(outcome.meterMs) && outcome.meterMs >= 1)
    })

    it('streams exactly what it returns', async () => {
      let streamed = ''
      const onOutput: RunOptions['onOutput'] = (stream, chunk) => {
        if (stream === 'stdout') streamed += text(chunk)
      }
      done(await run(samples.prints, { onOutput }))
      assert.equal(streamed, samples.prints.stdout)
    })

    it('gives the same bytes to two replicas', async () => {
      const [one, two] = [await run(samples.prints, { fence: 1 }), await run(samples.prints, { fence: 2 })]
      assert.deepEqual(withoutMeter(done(one)), withoutMeter(two))
    })

    it('runs several programs at once', async () => {
      for (const outcome of await Promise.all([1, 2, 3].map((fence) => run(samples.prints, { fence })))) done(outcome)
    })

    it('accepts good parameters and explains what is wrong with bad ones, as its catalogue entry does', () => {
      assert.equal(executor.validate(samples.prints.params, []), undefined)
      for (const params of [samples.prints.params, ...samples.refused])
        assert.equal(executor.validate(params, []), engine.params.problem(params, []))
      for (const params of samples.refused)
        assert.match(executor.validate(params, []) ?? '', /^.+\.$/, JSON.stringify(params))
    })

    it('names a parameter that it does not know, and those that it takes', () => {
      const problem = executor.validate({ ...samples.prints.params, unheard: 'x' }, [])
      assert.match(problem ?? '', new RegExp(`^engine\\.params\\.unheard is unknown: ${engine.name} takes .+\\.$`))
    })

    it('fails a job whose parameters it refuses, alike each time, and does not reject', async () => {
      for (const params of samples.refused) {
        const outcome = await run({ params })
        assert.equal(outcome.status === 'program-failed' && outcome.code, 'PROGRAM_FAILED')
        assert.deepEqual(outcome, await run({ params }, { fence: 2 }))
      }
    })

    it('ends a run whose signal is aborted already as engine-failed', async () => {
      assert.equal((await run(samples.prints, { signal: AbortSignal.abort() })).status, 'engine-failed')
    })

    it('ends the run as engine-failed when it is aborted in the middle, or lets it finish', async () => {
      const controller = new AbortController()
      const running = run(samples.prints, { signal: controller.signal })
      controller.abort()
      assert.notEqual((await running).status, 'program-failed')
    })

    it('runs nothing after it was stopped, and stops twice', async () => {
      await executor.stop()
      await executor.stop()
      assert.equal((await run(samples.prints)).status, 'engine-failed')
    })

    const { fails, endless, flood, file } = samples

    if (!isMissing(fails))
      it('takes a failure as the program’s own, the same for two replicas', async () => {
        const [one, two] = [await run(fails, { fence: 1 }), await run(fails, { fence: 2 })]
        assert.ok(one.status === 'program-failed', JSON.stringify(one))
        assert.deepEqual(
          { code: one.code, exitCode: one.exitCode },
          { code: 'PROGRAM_FAILED', exitCode: fails.exitCode },
        )
        assert.notEqual(one.reason, '')
        assert.deepEqual(withoutMeter(one), withoutMeter(two))
      })

    if (!isMissing(endless)) {
      it('ends a program at its time limit, and meters the time', async () => {
        const outcome = await run(endless, { timeMs: 1_000 })
        assert.ok(outcome.status === 'program-failed', JSON.stringify(outcome))
        assert.equal(outcome.code, 'TIME_LIMIT')
        assert.ok(outcome.meterMs >= 1_000)
      })

      it('ends a program that runs when it is aborted, and when it is stopped', async () => {
        for (const end of ['abort', 'stop'] as const) {
          const controller = new AbortController()
          let outcome: Promise<Outcome> | undefined
          await new Promise<void>((resolve) => {
            outcome = run(endless, { signal: controller.signal, timeMs: 3_600_000, onOutput: () => resolve() })
          })
          if (end === 'abort') controller.abort()
          else await executor.stop()
          assert.equal((await outcome)?.status, 'engine-failed')
        }
      })
    }

    if (!isMissing(flood))
      it('ends a flood at the output limit, and keeps what is allowed', async () => {
        const outcome = await run(flood, { timeMs: 60_000 })
        assert.ok(outcome.status === 'program-failed', JSON.stringify(outcome).slice(0, 500))
        assert.equal(outcome.code, 'OUTPUT_LIMIT')
        const keptBytes = outcome.stdout.length + outcome.stderr.length
        assert.ok(keptBytes > 0 && keptBytes <= OUTPUT_BYTES, String(keptBytes))
      })

    if (!isMissing(file))
      it('gives a program its inputs, and returns its results', async () => {
        const outcome = done(await run(file))
        assert.equal(text(outcome.stdout), file.stdout)
        const results = Object.fromEntries(outcome.files.map(({ path, bytes }) => [path, text(bytes)]))
        assert.deepEqual(results, file.results)
      })
  })
}

function taskOf(engine: string, sample: Sample, { fence = 1, timeMs = 20_000 }: { fence?: number; timeMs?: number }) {
  return {
    jobId: 'compliance',
    fence,
    engine: { type: engine, params: sample.params },
    files: Object.entries(sample.files ?? {}).map(([path, body]) => ({ path, bytes: new TextEncoder().encode(body) })),
    limits: { timeMs, memoryBytes: 256 * MiB, outputBytes: OUTPUT_BYTES },
  } satisfies Task
}

function isMissing(sample: object): sample is Cannot {
  return 'cannot' in sample
}

function done(outcome: Outcome): Extract<Outcome, { status: 'done' }> {
  assert.ok(outcome.status === 'done', outcome.status === 'done' ? undefined : outcome.reason)
  return outcome
}

function withoutMeter(outcome: Outcome): unknown {
  return outcome.status === 'engine-failed' ? outcome : { ...outcome, meterMs: 0 }
}
