import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type JobDraft, type JobFileError, readJobFile } from '#protocol/job/job-file.ts'
import { parseJobSpec } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { encodeKey } from '#protocol/wire/keys.ts'

function draftOf(text: string): JobDraft {
  const result = readJobFile(text)
  if (!result.ok) assert.fail(JSON.stringify(result.errors))
  return result.draft
}

function errorsOf(text: string): readonly JobFileError[] {
  const result = readJobFile(text)
  return result.ok ? [] : result.errors
}

const FULL = `
version: 1
name: dependency report
engine:
  type: python
  code: |
    print(1)
  args: [--all, "2"]
  limit: 7
  prelude: { file: ./prelude.py }
inputs:
  data/package-lock.json: ../package-lock.json
requirements:
  time: 1.5m
  memory: 1 GiB
  gpuMemory: 0
  regions: [eu]
  models: [tiny]
replicas: 5
comparator: { type: numeric, absolute: 0.001, relative: 0.1% }
priceMax: "0.5"
deadline: 1h
policy: cheapest
`

describe('job file', () => {
  it('reads every key, in people’s units, into integers', () => {
    assert.deepEqual(draftOf(FULL), {
      version: 1,
      name: 'dependency report',
      engine: { type: 'python', params: { code: 'print(1)\n', args: ['--all', '2'], limit: 7 } },
      paramFiles: [{ param: 'prelude', file: './prelude.py' }],
      inputs: [{ path: 'data/package-lock.json', file: '../package-lock.json' }],
      requirements: { timeMs: 90_000, memoryBytes: 2 ** 30, regions: ['eu'], gpuMemoryBytes: 0, models: ['tiny'] },
      replicas: 5,
      comparator: { type: 'numeric', absoluteNano: 1_000_000, relativePpm: 1_000 },
      priceMax: 500_000n,
      deadlineMs: 3_600_000,
      policy: 'cheapest',
    } satisfies JobDraft)
  })

  it('gives drafts that can be signed: every one of them is a job specification', () => {
    const anyFile = fc.record(
      {
        version: fc.constant(1),
        name: fc.string({ minLength: 1, maxLength: 100 }),
        engine: fc.dictionary(
          fc.string({ maxLength: 66 }),
          fc.oneof(fc.string(), fc.maxSafeNat(), fc.array(fc.string())),
        ),
        inputs: fc.dictionary(fc.constantFrom('a', 'b/c', '../d', '/e'), fc.constant('x')),
        requirements: fc.record(
          { time: fc.constantFrom('1ms', '1h', '2h', 3), memory: fc.constantFrom(1, '4 GiB', '5 GiB', '0 B') },
          { requiredKeys: [] },
        ),
        replicas: fc.integer({ min: 0, max: 10 }),
        priceMax: fc.oneof(fc.nat(), fc.constantFrom('9223372036854.775807', '9223372036854.775808')),
        deadline: fc.constantFrom('1ms', '1d', '25h'),
      },
      { requiredKeys: ['version', 'engine'] },
    )
    let read = 0
    fc.assert(
      fc.property(anyFile, (file) => {
        const result = readJobFile(JSON.stringify({ ...file, engine: { type: 'x', ...file.engine } }))
        if (!result.ok) return
        read++
        const { paramFiles: _, inputs, deadlineMs, ...draft } = result.draft
        const cid = blobCid(new Uint8Array(0))
        const spec = {
          ...draft,
          inputs: inputs.map(({ path }) => ({ path, cid, bytes: 0 })),
          network: 'test',
          account: encodeKey(new Uint8Array(32)),
          seq: 1,
          authorised: draft.priceMax,
          createdMs: 0,
          deadlineMs,
        }
        assert.notEqual(parseJobSpec(spec), undefined, JSON.stringify(file))
      }),
      { numRuns: 1_500 },
    )
    assert.ok(read > 20, `${read} files were well-formed`)
  })

  it('needs only a version and an engine', () => {
    assert.deepEqual(draftOf('version: 1\nengine: { type: python, file: main.py }'), {
      version: 1,
      name: 'job',
      engine: { type: 'python', params: {} },
      paramFiles: [{ param: 'code', file: 'main.py' }],
      inputs: [],
      requirements: { timeMs: 30_000, memoryBytes: 2 ** 28, regions: [], gpuMemoryBytes: 0, models: [] },
      replicas: 3,
      comparator: { type: 'exact' },
      priceMax: 1_000_000n,
      deadlineMs: 600_000,
      policy: 'balanced',
    } satisfies JobDraft)
  })

  it('reads JSON as well', () => {
    const draft = draftOf('{"version": 1, "engine": {"type": "python", "code": "print(1)"}, "priceMax": 0.25}')
    assert.equal(draft.priceMax, 250_000n)
  })

  it('reads each comparator, short and long', () => {
    const comparator = (text: string) => draftOf(`version: 1\nengine: { type: x }\ncomparator: ${text}`).comparator
    assert.deepEqual(comparator('exact'), { type: 'exact' })
    assert.deepEqual(comparator('{ type: exact }'), { type: 'exact' })
    assert.deepEqual(comparator('{ type: semantic, threshold: 85% }'), { type: 'semantic', thresholdPpm: 850_000 })
    assert.deepEqual(comparator('{ type: semantic }'), { type: 'semantic', thresholdPpm: 900_000 })
    assert.deepEqual(comparator('{ type: numeric }'), { type: 'numeric', absoluteNano: 0, relativePpm: 1 })
    assert.deepEqual(comparator('{ type: numeric, absolute: "0.000000001" }'), {
      type: 'numeric',
      absoluteNano: 1,
      relativePpm: 0,
    })
  })

  it('keeps time and deadline in step when only one is given', () => {
    const times = (text: string) => {
      const { requirements, deadlineMs } = draftOf(`version: 1\nengine: { type: x }\n${text}`)
      return [requirements.timeMs, deadlineMs]
    }
    assert.deepEqual(times('deadline: 20s'), [10_000, 20_000])
    assert.deepEqual(times('requirements: { time: 1h }'), [3_600_000, 7_200_000])
  })

  it('says where and what is wrong', () => {
    const cases: [string, string][] = [
      [
        'version: 1\nengin:\n  type: python',
        '1:1 engine "engine" is missing; 2:1 engin unknown key "engin"; did you mean "engine"?',
      ],
      [
        'version: 1\nengine: { type: x }\nrequirements:\n  memmory: 1 GiB',
        '4:3 requirements.memmory unknown key "memmory"; did you mean "memory"?',
      ],
      ['version: 1\nengine: { type: x }\nzzz: 1', '3:1 zzz unknown key "zzz"'],
      [
        'version: 1\nengine: { type: x }\nrequirements:\n  time: 30',
        '4:9 requirements.time expected a time with its unit, such as "30s" or "10m" (in ms)',
      ],
      [
        'version: 1\nengine: { type: x }\nrequirements:\n  time: 2h',
        '4:9 requirements.time expected a time with its unit, such as "30s" or "10m" (in ms) from 1 to 3600000, not 7200000',
      ],
      [
        'version: 1\nengine: { type: x }\npriceMax: 0.0000001',
        '3:11 priceMax expected an amount of credits with at most six decimals, such as "0.5" (in micro-credits)',
      ],
      [
        'version: 1\nengine: { type: x }\npriceMax: []',
        '3:11 priceMax expected an amount of credits with at most six decimals, such as "0.5" (in micro-credits)',
      ],
      [
        'version: 1\nengine: { type: x }\ncomparator: exakt',
        '3:13 comparator expected exact, or a type of exact, numeric or semantic',
      ],
      [
        'version: 1\nengine: { type: x }\ncomparator: { type: fuzzy }',
        '3:21 comparator.type expected exact, or a type of exact, numeric or semantic',
      ],
      [
        'version: 1\nengine: { type: x }\ncomparator: { type: semantic, treshold: 1 }',
        '3:31 comparator.treshold unknown key "treshold"; did you mean "threshold"?',
      ],
      ['version: 1\nengine: { type: x, code: a, file: b }', '2:35 engine.file expected either file or code, not both'],
      [
        'version: 1\nengine: { type: x, code: 1.5 }',
        '2:26 engine.code expected text, a whole number, a list of texts, or { file: <path> }',
      ],
      [
        'version: 1\nengine: { type: x }\ninputs:\n  ../a: b',
        '4:9 inputs.../a a relative path without "..", "." or empty parts',
      ],
      [
        'version: 1\nengine: { type: x }\ndeadline: 10s\nrequirements: { time: 10s }',
        '4:23 requirements.time expected a time shorter than the deadline',
      ],
      [
        `version: 1\nengine:\n  type: x\n  ${'p'.repeat(65)}: 1`,
        `4:3 engine.${'p'.repeat(65)} expected a name of at most 64 characters`,
      ],
      ['version: 1', '1:1 engine "engine" is missing'],
      ['', '1:1  the file is empty'],
    ]
    for (const [text, expected] of cases) {
      const lines = errorsOf(text).map((e) => `${e.line}:${e.column} ${e.path} ${e.message}`)
      assert.equal(lines.join('; '), expected, text)
    }
  })

  it('lists every error, in the order of the file', () => {
    const errors = errorsOf('version: 2\nreplicas: 99\nengine: { type: X }\npolicy: best')
    assert.deepEqual(
      errors.map(({ line, path }) => [line, path]),
      [
        [1, 'version'],
        [2, 'replicas'],
        [3, 'engine.type'],
        [4, 'policy'],
      ],
    )
  })

  it('names line and column of a syntax error and of a key given twice', () => {
    assert.deepEqual(
      errorsOf('version: 1\nengine: [1').map(({ line }) => line),
      [2],
    )
    const [twice] = errorsOf('version: 1\nversion: 1\nengine: { type: x }')
    assert.deepEqual([twice?.line, twice?.column], [2, 1])
    assert.equal(errorsOf('{"version": 1,, }').length > 0, true)
  })

  it('finds positions behind aliases', () => {
    const errors = errorsOf('version: 1\nengine: { type: x }\nname: &a 30\nrequirements: { time: *a }')
    assert.deepEqual(
      errors.map(({ line, path }) => [line, path]),
      [
        [3, 'name'],
        [4, 'requirements.time'],
      ],
    )
  })

  it('finds positions of what an alias repeats', () => {
    const [error] = errorsOf('version: 1\nengine: &e\n  type: x\n  time: 30s\nrequirements: *e')
    assert.deepEqual([error?.line, error?.column, error?.path], [3, 3, 'requirements.type'])
  })

  it('never throws and refuses what is too large or grows too large', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), (text) => {
        assert.equal(readJobFile(text).ok, false)
      }),
    )
    const bomb = ['a0: &a0 [x, x]', ...Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)]
    assert.ok(errorsOf(bomb.join('\n')).length > 0)
    // Either would end the process if it reached the composer.
    assert.match(errorsOf('['.repeat(10_000))[0]?.message ?? '', /more than 32 levels/)
    assert.match(errorsOf('- '.repeat(10_000))[0]?.message ?? '', /more than 32 levels/)
    assert.match(errorsOf(`[${','.repeat(100_000)}]`)[0]?.message ?? '', /more than 32768/)
    assert.match(errorsOf('k: 1\n'.repeat(1_025))[0]?.message ?? '', /more than 1024 entries/)
    assert.equal(errorsOf(']'.repeat(1_000)).length, 32)
    assert.ok(errorsOf(`name: ${'x'.repeat(limits.jobBytes)}`)[0]?.message.includes('bytes'))
    assert.ok(errorsOf('version: 1\nengine: { type: x }\n__proto__: { name: y }').length > 0)
  })
})
