import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { runLocalChain } from '#node/cli/chain/chain.ts'
import { deployedPrograms } from '#node/cli/chain/deployed-programs.ts'
import { startWeft } from '../../cli/world.ts'
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

  it('is a command of weft with the programs preloaded, and stops on SIGINT', async function () {
    this.timeout(60_000)
    const home = await world.folder()
    const args = ['chain', '--state', join(home, 'chain'), '--port', '0', '--ready-json']
    const { child, ended } = startWeft(home, args)
    assert(child.stdout)
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const ready = Object(JSON.parse(String(line)))
    assert.equal(ready.pid, child.pid)
    for (const { id } of deployedPrograms()) {
      const { result } = Object(await rpc(ready, 'getAccountInfo', [id, { encoding: 'base64' }]))
      assert.equal(result.value.executable, true, id)
    }
    child.kill('SIGINT')
    assert.equal((await ended).code, 0)
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
