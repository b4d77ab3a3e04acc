import assert from 'node:assert/strict'
import { cycles, violations } from './rules.ts'
import { parse, readSources } from './source.ts'

const sources = readSources(['protocol', 'node', 'sim', 'programs/client', 'scripts'])

describe('imports', () => {
  it('point one way, and pure parts stay pure', () => {
    assert.ok(sources.length > 150, `only ${sources.length} files were read`)
    assert.deepEqual(sources.flatMap(violations), [])
  })

  it('have no cycles', () => {
    assert.deepEqual(cycles(sources), [])
  })

  const broken: readonly (readonly [path: string, text: string, says: RegExp])[] = [
    ['protocol/a.ts', "import { Driver } from '../node/runtime/driver.ts'", /may not import node\/runtime\/driver\.ts/],
    ['protocol/a.ts', "import type { Peer } from '#node/peer.ts'", /may not import node\/peer\.ts/],
    ['protocol/a.ts', "import { readFileSync } from 'node:fs'", /may not use node:fs/],
    ['protocol/a.ts', "import { createHash } from 'crypto'", /may not use node:crypto/],
    ['protocol/a.ts', 'export const now = () => Date.now()', /no Date/],
    ['protocol/a.ts', 'export const log = (x: number) => Math.log(x)', /no Math\.log/],
    ['protocol/a.ts', 'export const order = (a: string, b: string) => a.localeCompare(b)', /no \.localeCompare/],
    ['node/core/a.ts', "import { createLog } from '../adapters/log/log.ts'", /may not import node\/adapters/],
    ['node/core/a.ts', "import type { Clock } from '../ports/clock.ts'", /may not import node\/ports/],
    ['node/core/a.ts', "import { z } from 'zod'", /may not use the package zod/],
    ['node/core/a.ts', "const fs = await import('node:fs')", /may not use node:fs/],
    ['node/core/a.ts', 'setTimeout(() => undefined, 1)', /no setTimeout/],
    ['node/core/a.ts', 'export const dice = () => Math.random()', /no Math\.random/],
    ['node/runtime/driver.ts', "import { x } from '../adapters/store/level.ts'", /may not import node\/adapters/],
    ['node/adapters/store/a.ts', "import { x } from '../network/host.ts'", /may not import node\/adapters\/network/],
    ['node/adapters/store/a.ts', "import { x } from '#node/core/store-keys.ts'", /may not import node\/core/],
    ['node/adapters/store/a.ts', "import { createLibp2p } from 'libp2p'", /may not use the package libp2p/],
    ['node/gateway/a.ts', "import { createPeer } from '../peer/create-peer.ts'", /may not import node\/peer/],
    ['node/peer/a.ts', "import { up } from '../cli/peer/up.ts'", /may not import node\/cli/],
    ['node/api/a.ts', "export const text = Buffer.from('a').toString()", /runs in a browser: no Buffer/],
    ['node/sdk/a.ts', 'export const home = process.env', /runs in a browser: no process/],
    ['node/cli/a.ts', "import { x } from '#node/adapters/network/host.ts'", /may not import node\/adapters\/network/],
    ['node/cli/a.ts', "import { PeerCore } from '#node/core/peer-core.ts'", /may not import node\/core/],
    ['node/cli/a.ts', "import { world } from '#sim/world/world.ts'", /may not import sim/],
    ['node/cli/a.ts', "import { world } from '#test/cli/world.ts'", /may not import test/],
    ['node/dashboard/a.ts', "import { x } from '#node/gateway/app.ts'", /may not import node\/gateway/],
    ['sim/a.ts', "export { x } from '#node/adapters/store/level.ts'", /may not import node\/adapters/],
    ['elsewhere/a.ts', '', /no layer/],
  ]
  for (const [path, text, says] of broken) {
    it(`${path} is refused: ${text}`, () => {
      assert.match(violations(parse(path, text)).join('\n'), says)
    })
  }

  it('a cycle is found', () => {
    const ring = [parse('node/a.ts', "import type {} from './b.ts'"), parse('node/b.ts', "export { a } from './a.ts'")]
    assert.deepEqual(cycles(ring), [['node/a.ts', 'node/b.ts', 'node/a.ts']])
    assert.deepEqual(cycles([parse('node/a.ts', "import type { A } from './a.ts'; import('./a.ts')")]), [])
  })

  it('names of members, types and parameters are no globals', () => {
    const text =
      'export interface A { process: string }\nexport const f = (a: A) => ({ console: a.process, Date: 1 }.Date)'
    assert.deepEqual(violations(parse('node/core/a.ts', text)), [])
  })
})
