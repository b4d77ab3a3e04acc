/**
 * Every route: its example, its handler, its description, its line in the README. `WEFT_REWRITE=1` rewrites the
 * README's table.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { commonErrors, statusOf } from '#node/api/problem.ts'
import { fillPath, isEvents, isShape, namesIn, type RouteData } from '#node/api/route.ts'
import { routeList } from '#node/api/routes.ts'
import { createApp } from '#node/gateway/app.ts'
import { errorCodes } from '#protocol/errors.ts'
import { createFakePeer } from '../gateway/fake-peer.ts'
import { withRouteTable } from './route-table.ts'

const ORIGIN = 'http://127.0.0.1'
const names = routeList.map(({ noun, name, route }) => [`${noun}.${name}`, route] as const)

function request({ path, method, example, query, body }: RouteData): Request {
  const values = z.record(z.string(), z.string()).parse(example.params ?? {})
  const asked = query === undefined ? '' : `?${new URLSearchParams(Object.entries(example.query ?? {}).map(asText))}`
  const sent = body === undefined ? {} : { body: JSON.stringify(example.body) }
  const headers = { 'content-type': 'application/json', host: '127.0.0.1' }
  return new Request(`${ORIGIN}${fillPath(path, values)}${asked}`, { method, headers, ...sent })
}

function asText([name, value]: [string, unknown]): [string, string] {
  return [name, String(value)]
}

describe('the list of routes', () => {
  it('names no route twice', () => {
    const places = routeList.map(({ route }) => `${route.method} ${route.path}`)
    assert.deepEqual([...new Set(places)], places)
  })

  it('is written in the README of the gateway', () => {
    const file = new URL('../../node/gateway/README.md', import.meta.url)
    const text = readFileSync(file, 'utf8')
    const now = withRouteTable(text)
    if (process.env['WEFT_REWRITE'] === '1') writeFileSync(file, now)
    else assert.equal(text, now, 'rewrite it: WEFT_REWRITE=1 npm test -- test/api/routes.test.ts')
  })

  it('is in the OpenAPI document, which is JSON and refers only to what it holds', async () => {
    const { app } = createApp(createFakePeer(), { host: '127.0.0.1', version: '1.2.3' })
    const text = await (await app.request(`${ORIGIN}/openapi.json`, { headers: { host: '127.0.0.1' } })).text()
    const document = z
      .object({
        openapi: z.literal('3.1.0'),
        paths: z.record(z.string(), z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.any()) }))),
        components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
      })
      .parse(JSON.parse(text))
    for (const [name, route] of names) {
      const operation = document.paths[route.path]?.[route.method.toLowerCase()]
      assert.ok(operation && String(route.status) in operation.responses, name)
    }
    const referred = [...text.matchAll(/"#\/([^"]+)"/g)].map(([, path = '']) => path)
    const held = Object.keys(document.components.schemas).map((id) => `components/schemas/${id}`)
    assert.deepEqual([...new Set(referred)].sort(), held.sort())
  })
})

for (const [name, route] of names) {
  describe(`the route ${name}`, () => {
    it('has an example that its shapes accept', () => {
      const { params, query, body, answer, example } = route
      params?.parse(example.params)
      query?.parse(example.query ?? {})
      body?.parse(example.body)
      if (isShape(answer)) answer.parse(example.answer)
      if (isEvents(answer)) {
        const events = z.array(z.object({ event: z.string(), data: z.unknown() })).parse(example.answer)
        for (const { event, data } of events) (answer.events[event] ?? z.never()).parse(data)
      }
    })

    it('has shapes for what stands in its path, and no other', () => {
      assert.deepEqual(namesIn(route.path).sort(), Object.keys(route.params?.shape ?? {}).sort())
    })

    it('has codes with a status, and names none of them twice', () => {
      for (const code of [...route.errors, ...commonErrors]) {
        assert.ok(code in errorCodes, code)
        assert.ok(statusOf(code) >= 400 && statusOf(code) < 600, code)
      }
      assert.deepEqual([...new Set(route.errors)], route.errors)
    })

    it('is served, and answers its example in one of the ways that it says', async () => {
      const { app, stop } = createApp(createFakePeer(), { host: '127.0.0.1', version: '1.2.3' })
      const response = await app.request(request(route))
      stop()
      if (response.status === route.status) return
      const problem = z.object({ code: z.string(), detail: z.string() }).parse(await response.json())
      assert.doesNotMatch(problem.detail, /^there is no /)
      assert.ok(
        [...route.errors, 'USAGE'].some((code) => code === problem.code),
        JSON.stringify(problem),
      )
    })
  })
}
