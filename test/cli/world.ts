/** `weft` as a child process, in a home of its own, against a gateway over a fake peer. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createWallet } from '#node/adapters/keys/files.ts'
import { startGateway } from '#node/gateway/server.ts'
import { createFakePeer, type FakePeer, type Script } from '../gateway/fake-peer.ts'

const MAIN = fileURLToPath(new URL('../../node/cli/main.ts', import.meta.url))

export const HELLO = `version: 1
name: hello
engine:
  type: python
  code: print("hello")
`

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningWeft {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when stderr holds `text`. */
  said(text: string): Promise<void>
}

export interface CliWorld {
  readonly home: string
  readonly peer: FakePeer
  readonly wallet: string
  /** Path of a new file in the home. */
  file(name: string, content: string): Promise<string>
  start(args: readonly string[], options?: { stdin?: string; env?: Record<string, string> }): RunningWeft
  weft(args: readonly string[], options?: { stdin?: string; env?: Record<string, string> }): Promise<Ended>
  stop(): Promise<void>
}

export async function startCliWorld(script: Partial<Script> = {}): Promise<CliWorld> {
  const home = await mkdtemp(join(tmpdir(), 'weft-cli-'))
  const peer = createFakePeer(script)
  const gateway = await startGateway(peer, { host: '127.0.0.1', port: 0, version: '1.2.3' })
  const { key } = await createWallet(join(home, 'wallet.json'))
  const daemon = { url: gateway.url, pid: process.pid, version: '1.2.3' }
  await writeFile(join(home, 'daemon.json'), JSON.stringify(daemon), { mode: 0o600 })
  const start: CliWorld['start'] = (args, options = {}) => startWeft(home, args, options)
  return {
    home,
    peer,
    wallet: key,
    file: async (name, content) => {
      const path = join(home, name)
      await writeFile(path, content)
      return path
    },
    start,
    weft: (args, options) => start(args, options).ended,
    stop: async () => {
      await gateway.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Runs `weft` with WEFT_HOME set; nothing else of this process's settings reaches it. */
export function startWeft(
  home: string,
  args: readonly string[],
  { stdin, env = {} }: { stdin?: string; env?: Record<string, string> } = {},
): RunningWeft {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { PATH: process.env['PATH'] ?? '', HOME: home, WEFT_HOME: home, ...env },
    stdio: 'pipe',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin ?? '')
  const ended = once(child, 'close').then(([code]: unknown[]) => ({
    code: typeof code === 'number' ? code : null,
    stdout,
    stderr,
  }))
  const said = async (text: string): Promise<void> => {
    while (!stderr.includes(text))
      await Promise.race([once(child.stderr, 'data'), ended.then(() => Promise.reject(new Error(stderr)))])
  }
  return { child, ended, said }
}
