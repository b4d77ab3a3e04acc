/**
 * A private network of real processes: `dist/weft.js up` for each peer, and `dist/weft.js` for each command. Everything listens on
 * loopback and lives in one temporary folder. `npm test` builds `dist/` first.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createWallet, loadOrCreatePeerKey } from '#node/adapters/keys/files.ts'
import { createRoster } from '#node/adapters/ledgers/roster/create.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import type { JobView } from '#node/api/job-view.ts'
import { makeFolders, type Paths, pathsFor } from '#node/config/paths.ts'
import type { Signer } from '#protocol/wire/keys.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const WEFT = join(ROOT, 'dist', 'weft.js')
/** Long enough for a loaded machine: no test depends on how fast it is. */
const PATIENCE_MS = 90_000

export interface Ready {
  readonly peer: string
  readonly wallet: string
  readonly url: string
  readonly pid: number
  readonly addresses: readonly string[]
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** One peer's process. */
export interface Running {
  readonly ready: Ready
  readonly ended: Promise<void>
  readonly child: ChildProcess
}

export interface WorldOptions {
  readonly peers: number
  /** Flags of `weft up` for peer `index`. */
  readonly flags?: (index: number) => readonly string[]
  /** The peer whose program prints something else than it should. */
  readonly liar?: number
  /** The peers that sign two headers for one height. */
  readonly equivocators?: readonly number[]
  /** Makes the network in the folders, instead of a roster; gives the wallet that pays. */
  readonly found?: typeof found
}

export class World {
  readonly folder: string
  readonly paths: readonly Paths[]
  /** File of a wallet that owns no peer. */
  readonly wallet: string
  readonly signer: Signer
  readonly #options: WorldOptions
  readonly #running: (Running | undefined)[] = []
  /** Where each peer listened the first time: it comes back there. */
  readonly #listened: string[] = []
  #files = 0

  private constructor(parts: { folder: string; paths: readonly Paths[]; signer: Signer; options: WorldOptions }) {
    this.folder = parts.folder
    this.paths = parts.paths
    this.wallet = join(parts.folder, 'wallet.json')
    this.signer = parts.signer
    this.#options = parts.options
  }

  /** Founds the network, starts its peers and waits until each knows what all offer. */
  static async start(options: WorldOptions): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-e2e-'))
    const paths = Array.from({ length: options.peers }, (_, i) => pathsFor(join(folder, `peer-${i}`)))
    const { signer } = await (options.found ?? found)(folder, paths)
    const world = new World({ folder, paths, signer, options })
    try {
      await world.heal()
      return world
    } catch (error) {
      await world.end()
      throw error
    }
  }

  /** Peers by index; those that are down are left out. */
  get up(): readonly Running[] {
    return this.#running.filter((peer) => peer !== undefined)
  }

  peer(index: number): Running {
    const peer = this.#running[index]
    if (peer === undefined) throw new Error(`peer ${index} is down`)
    return peer
  }

  indexOf(key: string): number {
    return this.#running.findIndex((peer) => peer?.ready.peer === key)
  }

  /** Any peer that is up and not one of `keys`. */
  other(...keys: readonly string[]): Running {
    const found = this.up.find(({ ready }) => !keys.includes(ready.peer) && ready.url !== '')
    if (found === undefined) throw new Error('no other peer is up')
    return found
  }

  /** Starts the peers that are down and waits until every peer knows what all offer. */
  async heal(): Promise<void> {
    const { peers } = this.#options
    const missing = Array.from({ length: peers }, (_, i) => i).filter((i) => this.#running[i] === undefined)
    // Somebody must be there first for the others to dial.
    const first = this.#listened.length === 0 ? missing.shift() : undefined
    if (first !== undefined) await this.startPeer(first)
    await Promise.all(missing.map((index) => this.startPeer(index)))
    for (const { ready } of this.up) if (ready.url !== '') await this.untilOffered(ready, peers)
  }

  async startPeer(index: number): Promise<Running> {
    const paths = this.paths[index]
    if (paths === undefined) throw new RangeError(`no peer ${index}`)
    const bootstrap = this.#listened.filter((address, i) => i !== index && address !== undefined)
    const listen = this.#listened[index]?.split('/p2p/')[0] ?? '/ip4/127.0.0.1/tcp/0'
    const args = ['--home', paths.home, '--listen', listen, '--no-mdns', '--slots', '4', '--log-level', 'info']
    args.push(...(this.#options.flags?.(index) ?? []), ...bootstrap.flatMap((address) => ['--bootstrap', address]))
    const running = await startPeer(args, { log: paths.log, odd: this.#oddity(index) })
    this.#running[index] = running
    this.#listened[index] ??= running.ready.addresses[0] ?? ''
    return running
  }

  /** The script of a peer that is not as it should be. */
  #oddity(index: number): string | undefined {
    const { liar, equivocators = [] } = this.#options
    return liar === index ? 'liar.ts' : equivocators.includes(index) ? 'equivocator.ts' : undefined
  }

  /** SIGKILL: the process has no chance to say or write anything more. */
  async kill(index: number): Promise<void> {
    const { child, ended } = this.peer(index)
    this.#running[index] = undefined
    child.kill('SIGKILL')
    await ended
  }

  /** Waits until `at` knows offers of `count` peers. */
  async untilOffered(at: Ready, count: number): Promise<void> {
    await until(`${count} offers at ${at.peer}`, async () => {
      const { peers } = await get<{ peers: { offer: unknown }[] }>(at.url, '/peers')
      return peers.filter(({ offer }) => offer !== null).length >= count
    })
  }

  /** `weft` as a child process, with the home of the peer `at` (default: the first that is up). */
  weft(args: readonly string[], options: { at?: Running; stdin?: string } = {}): Promise<Ended> {
    const at = options.at ?? this.other()
    return weft(args, { api: at.ready.url, home: this.folder, stdin: options.stdin })
  }

  /** `weft run` with the world's wallet. */
  run(job: string, args: readonly string[] = [], options: { at?: Running } = {}): Promise<Ended> {
    return this.weft(['run', '-', '-k', this.wallet, ...args], { ...options, stdin: job })
  }

  /** Posts `job` and resolves to its id once its admission is certified. */
  async post(job: string, options: { at?: Running } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(job, ['--detach', '--ids'], options)
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  }

  /** The job as `at` sees it; retried while that peer does not know it. */
  async job(id: string, options: { at?: Running } = {}): Promise<JobView> {
    return get<JobView>((options.at ?? this.other()).ready.url, `/jobs/${id}`)
  }

  /** Waits until `is` holds for the job as `at` sees it. */
  async untilJob(
    id: string,
    is: (job: JobView) => boolean,
    { at = this.other() }: { at?: Running } = {},
  ): Promise<JobView> {
    let last: JobView | undefined
    await until(
      () => `job ${id}: last seen as ${JSON.stringify(last)}`,
      async () => {
        last = await this.job(id, { at }).catch(() => last)
        return last !== undefined && is(last)
      },
    )
    if (last === undefined) throw new Error('unreachable')
    return last
  }

  /** Path of a new file. */
  async file(content: string | Uint8Array, name = `file-${this.#files++}`): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, content)
    return path
  }

  /** Ends every process by its id and removes the folder. */
  async end(): Promise<void> {
    await Promise.all(
      this.up.map(async ({ child, ended }) => {
        child.kill('SIGKILL')
        await ended
      }),
    )
    await rm(this.folder, { recursive: true, force: true })
  }
}

export function isClosed(job: JobView): boolean {
  return job.closedMs !== null
}

/** A Python job as a job file. */
export function python(code: string, more = ''): string {
  const indented = code
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
  return `version: 1\nname: test\nengine:\n  type: python\n  code: |\n${indented}\n${more}`
}

/** An answer of the daemon's API. */
export async function get<T>(url: string, path: string): Promise<T> {
  const answer = await fetch(`${url}/api/v1${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

/** Asks `is` again and again until it holds. */
export async function until(what: string | (() => string), is: () => Promise<boolean>): Promise<void> {
  const lastMs = performance.now() + PATIENCE_MS
  while (!(await is())) {
    if (performance.now() > lastMs) throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Runs `weft`; nothing of this process's own settings reaches it. */
export async function weft(
  args: readonly string[],
  { api, home, stdin = '' }: { api?: string; home: string; stdin?: string | undefined },
): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, WEFT_HOME: home, ...(api ? { WEFT_API: api } : {}) }
  const child = spawn(process.execPath, [WEFT, ...args], { cwd: tmpdir(), env, stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const [code]: unknown[] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, stdout, stderr }
}

/** One peer as a child process that ends with this one. Rejects with the end of its log if it does not get ready. */
export async function startPeer(
  args: readonly string[],
  { log, odd }: { log: string; odd?: string | undefined },
): Promise<Running> {
  const own = odd === undefined ? undefined : ['--import', 'tsx', join(ROOT, 'test', 'e2e', odd)]
  const script = own ?? [WEFT, 'up', '--port', '0', '--ready-json', '--exit-with-parent']
  const logFile = openSync(log, 'a', 0o600)
  const child = spawn(process.execPath, [...script, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['pipe', 'pipe', logFile],
  })
  closeSync(logFile)
  child.stdin?.on('error', () => {})
  const ended = once(child, 'exit').then(() => undefined)
  const first = child.stdout === null ? undefined : await firstLine(child.stdout)
  if (first === undefined) throw new Error(`the peer did not start: ${readFileSync(log, 'utf8').slice(-2_000)}`)
  return { ready: JSON.parse(first) as Ready, ended, child }
}

/** The first line of `stream`; `undefined` if it ends before. Reads on, so that the writer is never held up. */
async function firstLine(stream: NodeJS.ReadableStream): Promise<string | undefined> {
  const lines = createInterface({ input: stream })
  return Promise.race([
    once(lines, 'line').then(([line]: unknown[]) => String(line)),
    once(lines, 'close').then(() => undefined),
  ])
}

/** The same signed roster, of all peers, into each folder, and a wallet that owns none of them. */
async function found(folder: string, homes: readonly Paths[]): Promise<{ signer: Signer }> {
  const members: { peer: string; owner: string; name: string }[] = []
  for (const [i, paths] of homes.entries()) {
    makeFolders(paths)
    const { key } = await loadOrCreatePeerKey(paths.home)
    members.push({ peer: key, owner: (await createWallet(paths.wallet)).key, name: `peer-${i}` })
  }
  const founder = (await createWallet(join(folder, 'founder.json'))).signer
  const user = await createWallet(join(folder, 'wallet.json'))
  const nowMs = Date.now()
  // One reading of the clock, so that every folder holds the same bytes.
  const clock = { ...createSystemClock(), wallMs: () => nowMs }
  for (const { roster: dir } of homes)
    await createRoster({ dir, founder, members, creditLine: 1_000_000_000n, wallets: [user.key], clock })
  return user
}
