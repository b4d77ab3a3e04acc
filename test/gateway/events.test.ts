import assert from 'node:assert/strict'
import { jobViewSchema } from '#node/api/job-view.ts'
import { signedJob, startWorld, type World } from './world.ts'

interface Event {
  readonly id: string
  readonly event: string
  readonly data: string
}

function parse(text: string): Event[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('id:'))
    .map((block) => {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      return { id: field('id'), event: field('event'), data: field('data') }
    })
}

describe("a job's event stream", () => {
  let world: World
  let id: string
  const start = async (script = {}): Promise<void> => {
    world = await startWorld(script)
    const response = await world.post('/api/v1/jobs', signedJob(world.peer))
    id = jobViewSchema.parse(await response.json()).jobId
  }
  const events = (headers: Record<string, string> = {}) => world.get(`/api/v1/jobs/${id}/events`, headers)
  afterEach(() => world.stop())

  it('tells each state and the output, then ends', async () => {
    await start()
    const response = await events()
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    const items = parse(await response.text())
    const told = items.map((item) =>
      item.event === 'job' ? (JSON.parse(item.data) as { job: { state: string } }).job.state : item.event,
    )
    assert.deepEqual(told, ['queued', 'placed', 'running', 'output', 'revealing', 'completed', 'end'])
  })

  it('goes on after Last-Event-ID, and begins again for an unknown one', async () => {
    await start()
    const all = parse(await (await events()).text())
    const rest = parse(await (await events({ 'last-event-id': all[2]?.id ?? '' })).text())
    assert.deepEqual(rest, all.slice(3))
    const again = parse(await (await events({ 'last-event-id': 'other-3' })).text())
    assert.deepEqual(again, all)
  })

  it('follows a job once for several clients, and lets go of those that leave', async () => {
    await start({ ends: 'never' })
    const control = new AbortController()
    const open = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
      const response = await fetch(`${world.gateway.url}/api/v1/jobs/${id}/events`, { signal: control.signal })
      assert.ok(response.body)
      return response.body.getReader()
    }
    const readers = await Promise.all([open(), open()])
    for (const reader of readers) await reader.read()
    assert.equal(world.peer.following.size, 1)
    control.abort()
  })

  it('ends when the daemon stops', async () => {
    await start({ ends: 'never' })
    const response = await events()
    const text = response.text().catch(() => 'cut')
    while (!world.peer.waiting.has('follow')) await new Promise(setImmediate)
    await world.stop()
    await text
    assert.deepEqual(world.peer.aborted, ['follow'])
  })

  it('is not to be had for an unknown job', async () => {
    await start()
    const response = await world.get(`/api/v1/jobs/${id.slice(0, -4)}aaaa/events`)
    assert.equal(response.status, 404)
  })
})
