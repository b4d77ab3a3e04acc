import assert from 'node:assert/strict'
import { awaitJob, Client, followJob, type JobEvent, routes } from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import { jobAnswer, startFake, stream } from './world.ts'

const running = jobAnswer({ state: 'running', closedMs: null })
const closed = jobAnswer({ state: 'completed', closedMs: 5 })
const changed = (id: string, job = running) => ({ id, event: 'job', data: { type: 'job', at: 1, job } })
const printed = (id: string, text: string) => {
  const data = { type: 'output', at: 1, peer: running.owner, stream: 'stdout', text }
  return { id, event: 'output', data }
}
const END = { id: 'f-9', event: 'end', data: {} }

/** Each script is what one connection carries. */
const daemon = (...scripts: readonly (() => Response)[]) => {
  let connections = 0
  return startFake(() => scripts[connections++]?.() ?? assert.fail('one connection too many'))
}

describe('following a job', () => {
  it('goes on after a broken connection from the last event, and ends when the job does', async () => {
    const { client, seen } = daemon(
      () => stream(changed('f-1'), printed('f-2', 'a')),
      () => stream(printed('f-3', 'b'), changed('f-4', closed), END),
    )
    const events: JobEvent[] = []
    const job = await awaitJob(client, closed.jobId, { onEvent: (event) => events.push(event) })
    assert.deepEqual(job, closed)
    assert.deepEqual(
      events.map((event) => (event.type === 'job' ? event.job.state : event.text)),
      ['running', 'a', 'b', 'completed'],
    )
    assert.deepEqual(
      seen.map(({ headers }) => headers.get('last-event-id')),
      [null, 'f-2'],
    )
  })

  it('skips events that only a later version knows', async () => {
    const later = { id: 'f-1', event: 'predicted', data: { soon: true } }
    const { client } = daemon(() => stream(later, changed('f-2', closed), END))
    assert.equal((await awaitJob(client, closed.jobId)).state, 'completed')
  })

  it('throws what the daemon says, before and within the stream', async () => {
    const unknown = startFake(() => {
      throw new WeftError('NOT_FOUND', 'no such job')
    })
    await assert.rejects(awaitJob(unknown.client, closed.jobId), { code: 'NOT_FOUND', message: 'no such job' })
    const data = {
      type: '',
      title: '',
      status: 500,
      detail: 'gone',
      code: 'NO_COMMITTEE',
      hint: 'wait',
      requestId: 'r',
    }
    const { client, seen } = daemon(() => stream(changed('f-1'), { id: 'f-2', event: 'problem', data }))
    await assert.rejects(awaitJob(client, closed.jobId), { code: 'NO_COMMITTEE', message: 'gone' })
    assert.equal(seen.length, 1)
  })

  it('does not wait for a daemon that was never there', async () => {
    const client = new Client({ url: 'http://daemon.test', fetch: () => Promise.reject(new TypeError('no route')) })
    const message = 'http://daemon.test does not answer'
    await assert.rejects(awaitJob(client, closed.jobId), { code: 'DAEMON_UNREACHABLE', message })
  })

  it('says so if the stream ends before the job', async () => {
    const { client } = daemon(() => stream(changed('f-1'), END))
    await assert.rejects(awaitJob(client, closed.jobId), { code: 'DAEMON_UNREACHABLE' })
  })

  it('ends with the caller, whose reason it throws', async () => {
    const control = new AbortController()
    const { client } = daemon(() => stream(changed('f-1')))
    const follow = async () => {
      for await (const _ of followJob(client, closed.jobId, { signal: control.signal }))
        control.abort(new Error('enough'))
    }
    await assert.rejects(follow(), /enough/)
  })
})

describe('a client', () => {
  it('throws problems with their code, the next step and the request', async () => {
    const { client } = startFake(() => {
      throw new WeftError('NOT_PERMITTED', 'not the founder')
    })
    await assert.rejects(client.call(routes.network.invite, { body: { uses: 1 } }), ({ code, message, data }) => {
      assert.deepEqual([code, message, data.requestId], ['NOT_PERMITTED', 'not the founder', 'r'])
      return true
    })
  })

  it('takes no other server for a daemon, and no answer in another shape', async () => {
    const other = startFake(() => new Response('<html>', { status: 404 }))
    await assert.rejects(other.client.call(routes.network.status, {}), { code: 'DAEMON_UNREACHABLE' })
    const wrong = startFake(() => ({ peers: 'many' }))
    await assert.rejects(wrong.client.call(routes.network.peers, {}), { code: 'INTERNAL' })
  })

  it('sends its token, and of a query only what was given', async () => {
    const urls: string[] = []
    const tokens: (string | null)[] = []
    const client = new Client({
      url: 'http://daemon.test/',
      token: 'secret',
      fetch: async (input, init) => {
        urls.push(String(input))
        tokens.push(new Headers(init?.headers).get('authorization'))
        return Response.json({ jobs: [] })
      },
    })
    await client.call(routes.jobs.list, { query: { account: undefined, limit: 3 } })
    assert.deepEqual([urls, tokens], [['http://daemon.test/api/v1/jobs?limit=3'], ['Bearer secret']])
  })
})
