import assert from 'node:assert/strict'
import { runLocalChain } from '#node/cli/chain.ts'
import { rpc, World } from './world.ts'

describe('local chain: command', () => {
  const world = new World()
  afterEach(() => world.end())

  it('says what it is and where, serves until the signal, and frees folder and ports', async () => {
    const stateDir = await world.folder()
    for (let run = 0; run < 2; run++) {
      const stop = new AbortController()
      const lines: string[] = []
      const answers: Promise<unknown>[] = []
      await runLocalChain({
        ...{ stateDir, port: 0, programs: [], log: world.log, signal: stop.signal },
        print: (line) => lines.push(line),
        onReady: (server) => answers.push(rpc(server, 'getHealth').finally(() => stop.abort())),
      })
      assert.equal(Object(await answers[0]).result, 'ok')
      assert.match(lines[0] ?? '', /a local Solana VM \(litesvm\), not a validator/)
      assert.match(lines.join('\n'), /http:\/\/127\.0\.0\.1:\d+\n.*ws:\/\/127\.0\.0\.1:\d+/)
      assert.equal(lines.at(-1), 'Chain is ready')
    }
  })

  it('refuses a program file that is not there', async () => {
    const programs = [{ id: '11111111111111111111111111111112', path: '/does/not/exist.so' }]
    const options = {
      stateDir: await world.folder(),
      port: 0,
      programs,
      log: world.log,
      print: () => {},
      signal: new AbortController().signal,
    }
    await assert.rejects(runLocalChain(options), { code: 'USAGE' })
  })
})
