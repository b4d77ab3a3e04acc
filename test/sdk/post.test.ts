import assert from 'node:assert/strict'
import { cancelJob, type PostNotice, type PostOptions, type PreparedJob, postJob, prepareJob } from '#node/sdk/index.ts'
import { type ErrorCode, WeftError } from '#protocol/errors.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { accountAnswer, jobAnswer, preparedAnswer, type Seen, signedIn, signer, startFake } from './world.ts'

const HELLO = 'version: 1\nname: hello\nengine: { type: python, code: "1" }\ninputs: { in/a.txt: a.txt }\n'
const read = (file: string): Uint8Array => utf8(`text of ${file}`)

/** A daemon whose log refuses submissions with these codes, in order, and then takes them. */
function logThatRefuses(codes: readonly ErrorCode[], prepared = preparedAnswer()) {
  const left = [...codes]
  let nextSeq = 1
  return startFake(({ route }) => {
    if (route === 'jobs.prepare') return prepared
    if (route === 'accounts.show') return accountAnswer({ nextSeq })
    assert.equal(route, 'jobs.submit')
    nextSeq++
    const code = left.shift()
    if (code !== undefined) throw new WeftError(code, 'refused for the test')
    return jobAnswer()
  })
}

async function post(fake: ReturnType<typeof startFake>, options: PostOptions = {}, text = HELLO) {
  const notices: PostNotice[] = []
  const job = await prepareJob(text, { read })
  await postJob(fake.client, signer, job, { onNotice: (notice) => notices.push(notice), ...options })
  return { notices, jobs: fake.seen.filter(({ route }) => route === 'jobs.submit').map(signedIn) }
}

describe('posting a job', () => {
  it('takes two requests', async () => {
    const fake = logThatRefuses([])
    const { notices, jobs } = await post(fake)
    assert.deepEqual(fake.asked(), ['jobs.prepare', 'jobs.submit'])
    const asked = { engine: 'python', params: { code: '1' }, paths: ['in/a.txt'], wallet: signer.key }
    assert.deepEqual(fake.seen[0]?.body, asked)
    assert.deepEqual(notices, [])
    const [sent] = jobs
    assert.deepEqual(sent?.blobs, [utf8('text of a.txt')])
    assert.deepEqual([sent.spec.account, sent.spec.seq, sent.spec.replicas], [signer.key, 1, 3])
  })

  it('authorises what is committed and the price limit, no more', async () => {
    const { jobs } = await post(logThatRefuses([]), { priceMax: 250_000n, replicas: 2 })
    const spec = jobs[0]?.spec
    assert.deepEqual([spec?.priceMax, spec?.authorised, spec?.replicas], [250_000n, 250_520n, 2])
  })

  it('signs again with the next number when another job took it', async () => {
    const fake = logThatRefuses(['SEQ_TAKEN', 'SEQ_REPLAYED'])
    const { notices, jobs } = await post(fake)
    assert.deepEqual(
      jobs.map(({ spec }) => spec.seq),
      [1, 2, 3],
    )
    assert.deepEqual(notices, [
      { code: 'NUMBER_TAKEN', data: { seq: 1 } },
      { code: 'NUMBER_TAKEN', data: { seq: 2 } },
    ])
    const again = ['accounts.show', 'jobs.submit']
    assert.deepEqual(fake.asked(), ['jobs.prepare', 'jobs.submit', ...again, ...again])
  })

  it('never signs a number twice, even if the account does not show that it is used', async () => {
    let sent = 0
    const fake = startFake(({ route }) => {
      if (route === 'jobs.prepare') return preparedAnswer()
      if (route === 'accounts.show') return accountAnswer({ nextSeq: 1 })
      if (sent++ < 2) throw new WeftError('SEQ_TAKEN', 'taken')
      return jobAnswer()
    })
    const { jobs } = await post(fake)
    assert.deepEqual(
      jobs.map(({ spec }) => spec.seq),
      [1, 2, 3],
    )
  })

  it('throws any other refusal', async () => {
    const fake = logThatRefuses(['CREDITS_SHORT'])
    await assert.rejects(post(fake), { code: 'CREDITS_SHORT', message: 'refused for the test' })
    assert.equal(fake.seen.length, 2)
  })

  it('asks again for an account whose witnesses do not know yet what it holds', async () => {
    const prepared = preparedAnswer({ account: accountAnswer({ funds: null }) })
    const fake = logThatRefuses([], prepared)
    await post(fake)
    assert.deepEqual(fake.asked(), ['jobs.prepare', 'accounts.show', 'jobs.submit'])
  })

  it('notices that credits run low, and that fewer peers can run it than the default', async () => {
    const account = accountAnswer({ funds: '3000520', spent: '500', reserved: '20' })
    const prepared = preparedAnswer({ account, peersAble: { others: 2, all: 3 } })
    const { notices, jobs } = await post(logThatRefuses([], prepared))
    assert.deepEqual(notices, [
      { code: 'FEWER_REPLICAS', data: { able: 2, wanted: 3 } },
      { code: 'CREDITS_LOW', data: { leftMicro: 2_000_000n } },
    ])
    assert.equal(jobs[0]?.spec.replicas, 2)
  })

  it('asks for the replicas that were asked for, however few peers there are', async () => {
    const prepared = preparedAnswer({ peersAble: { others: 0, all: 1 } })
    assert.equal((await post(logThatRefuses([], prepared))).jobs[0]?.spec.replicas, 1)
    const given = await post(logThatRefuses([], prepared), {}, `${HELLO}replicas: 3\n`)
    assert.deepEqual([given.notices, given.jobs[0]?.spec.replicas], [[], 3])
  })

  const refused: readonly (readonly [code: ErrorCode, prepared: Parameters<typeof preparedAnswer>[0]])[] = [
    ['ENGINE_UNKNOWN', { engines: ['noop'], problem: 'nobody knows it' }],
    ['JOB_MALFORMED', { problem: 'engine.params needs code or file.' }],
  ]
  for (const [code, changes] of refused) {
    it(`signs nothing that no peer can run: ${code}`, async () => {
      const fake = logThatRefuses([], preparedAnswer(changes))
      await assert.rejects(post(fake), { code })
      assert.deepEqual(fake.asked(), ['jobs.prepare'])
    })
  }

  it('ends with the signal, with its reason', async () => {
    const control = new AbortController()
    const onPost = () => control.abort(new Error('enough'))
    await assert.rejects(post(logThatRefuses([]), { signal: control.signal, onPost }), /enough/)
  })
})

describe('cancelling a job', () => {
  it('takes two requests', async () => {
    const job = jobAnswer({ account: signer.key })
    const fake = startFake(({ route }: Seen) => {
      if (route === 'network.signing') return preparedAnswer()
      return { ...job, state: 'cancelled' }
    })
    const { state } = await cancelJob(fake.client, signer, job)
    assert.deepEqual([state, fake.asked()], ['cancelled', ['network.signing', 'jobs.cancel']])
  })
})

describe('a job file', () => {
  it('is read with the files that it names, each once; those that are given beside it win', async () => {
    const files: string[] = []
    const text = 'version: 1\nengine: { type: python, file: main.py }\ninputs: { a: one, b: two }\nreplicas: 2\n'
    const job: PreparedJob = await prepareJob(text, {
      read: async (file) => {
        files.push(file)
        return utf8(file)
      },
      inputs: [{ path: 'b', file: 'mine' }],
    })
    assert.deepEqual(files, ['main.py', 'one', 'mine'])
    assert.deepEqual(job.engine, { type: 'python', params: { code: 'main.py' } })
    assert.deepEqual(
      job.inputs.map(({ path }) => path),
      ['a', 'b'],
    )
    assert.equal(job.replicasGiven, true)
  })

  it('that is wrong is refused with every position', async () => {
    await assert.rejects(prepareJob('version: 1\nengin: 1\n', { read }), ({ code, message, errors }) => {
      assert.equal(code, 'JOB_MALFORMED')
      assert.match(message, /^\d+:\d+: .* \(and 1 more\)$/)
      assert.equal(errors.length, 2)
      return true
    })
  })

  it('may name no more than a job may hold', async () => {
    const inputs = Array.from({ length: 65 }, (_, i) => ({ path: `${i}`, file: 'x' }))
    await assert.rejects(prepareJob(HELLO, { read, inputs }), { code: 'JOB_TOO_LARGE' })
  })
})
