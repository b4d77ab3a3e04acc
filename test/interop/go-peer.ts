/** The Go peer as a child process: commands in, events out, one JSON object a line. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What the Go peer reports. */
export interface GoEvent {
  readonly event: 'ready' | 'gossip' | 'frame' | 'put' | 'got'
  /** Peer id. */
  readonly from?: string
  readonly topic?: string
  /** Base64. */
  readonly data?: string
  readonly addresses?: readonly string[]
  readonly error?: string
}

/** The reason why the Go peer cannot be built here; `undefined` if it can. */
export function goMissing(): string | undefined {
  const { status } = spawnSync('go', ['version'], { stdio: 'ignore' })
  return status === 0 ? undefined : 'Go is not installed'
}

/** Builds the peer into a fresh folder; `remove` deletes it. */
export async function buildGoPeer(): Promise<{ binary: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-interop-'))
  const binary = join(folder, 'peer')
  const child = spawn('go', ['build', '-o', binary, '.'], {
    cwd: fileURLToPath(new URL('./go', import.meta.url)),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error('go build failed')
  return { binary, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** A running Go peer. */
export class GoPeer {
  readonly events: GoEvent[] = []
  readonly #child: ChildProcess

  constructor(binary: string, options: { hash: string; join: string }) {
    this.#child = spawn(binary, ['-network', options.hash, '-join', options.join], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const { stdout } = this.#child
    if (stdout === null) throw new Error('broken invariant: stdout is a pipe')
    createInterface({ input: stdout }).on('line', (line) => this.events.push(JSON.parse(line)))
  }

  /** Gives the peer a command. */
  tell(command: { do: string; topic?: string; key?: string; data?: Uint8Array }): void {
    const data = command.data === undefined ? {} : { data: Buffer.from(command.data).toString('base64') }
    this.#child.stdin?.write(`${JSON.stringify({ ...command, ...data })}\n`)
  }

  /** Events of one kind so far. */
  heard(event: GoEvent['event']): GoEvent[] {
    return this.events.filter((one) => one.event === event)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill()
    await exited
  }
}
