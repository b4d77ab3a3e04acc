/** The peer's side of one child of an engine: forks it, gives it one run at a time, kills it. */
import { type ChildProcess, fork } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { bounds } from './bounds.ts'
import { Deadline } from './deadline.ts'
import { childEntry } from './entry.ts'
import { killGroup, killTree, OWN_GROUP } from './kill-tree.ts'
import { type ChildMessage, type End, parseChildMessage } from './messages.ts'

/** How a run in a child ended: as the child says, or by us. `lost`: the child ended or misbehaved. */
export type ChildEnd = (End | { readonly kind: 'time-limit' } | { readonly kind: 'lost'; readonly reason: string }) & {
  /** Wall time since the program started; 0 if it did not. */
  readonly ranMs: number
}

type Output = Extract<ChildMessage, { type: 'output' }>

interface ChildRunOptions {
  readonly timeMs: number
  readonly onOutput: (stream: Output['stream'], chunk: Uint8Array) => void
}

/**
 * One killable process, which runs the engine's `child.ts` and is given requests that it understands. After anything
 * but an end that the program brought about, it is to be killed and never used again.
 */
export class Child<Request extends object> {
  /** Runs that it was given. */
  runs = 0
  /** Resolves when the process is gone (or could not be started). */
  readonly exited: Promise<void>
  readonly #name: string
  readonly #process: ChildProcess
  #gone: string | undefined
  #diagnostics = ''
  #fail: ((reason: string) => void) | undefined

  /**
   * Starts the process of `engine` with nothing of ours: no environment, no working folder, no open files. Throws if
   * the system refuses.
   */
  constructor(engine: string) {
    this.#name = `the ${engine} child`
    const entry = childEntry(engine)
    this.#process = fork(fileURLToPath(entry.url), [], {
      execArgv: [...entry.execArgv],
      env: emptyEnvironment(),
      cwd: '/',
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      ...OWN_GROUP,
    })
    this.exited = new Promise((resolve) => {
      const gone = (reason: string) => {
        killGroup(this.#process)
        this.#gone = reason
        this.#fail?.(reason)
        resolve()
      }
      this.#process.once('exit', (code, signal) => gone(`${this.#name} ended (${signal ?? `status ${code}`})`))
      this.#process.once('error', (error) => gone(`${this.#name} failed: ${error.message}`))
    })
    this.#process.stderr?.on('data', (chunk) => {
      this.#diagnostics = `${this.#diagnostics}${String(chunk)}`.slice(-bounds.diagnosticsLength)
    })
    this.#setIdle()
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get isAlive(): boolean {
    return this.#gone === undefined && this.#process.connected
  }

  /** Ends the process at once, whatever it does, and everything below it. Idempotent. */
  kill(reason: string): void {
    this.#gone ??= reason
    this.#fail?.(reason)
    // Whoever waits for `exited` must not find that nothing keeps the loop alive.
    this.#process.ref()
    killTree(this.#process)
  }

  /** Runs one program. Never rejects. Exactly one run at a time. The time limit counts from the program's start. */
  run(request: Request, { timeMs, onOutput }: ChildRunOptions): Promise<ChildEnd> {
    this.runs += 1
    this.#setBusy()
    return new Promise((resolve) => {
      const deadline = new Deadline({
        startMs: bounds.startTimeoutMs,
        timeMs,
        onLate: () => this.kill(`${this.#name} did not start in time`),
        onTime: () => finish({ kind: 'time-limit' }),
      })
      const finish = (end: End | { kind: 'time-limit' } | { kind: 'lost'; reason: string }) => {
        deadline.clear()
        this.#process.off('message', onMessage)
        this.#fail = undefined
        this.#setIdle()
        resolve({ ...end, ranMs: deadline.ranMs })
      }
      const onMessage = (raw: unknown) => {
        const message = parseChildMessage(raw)
        if (message === undefined) this.kill(`${this.#name} sent something else`)
        else if (message.type === 'output') onOutput(message.stream, message.chunk)
        else if (message.type === 'ended') finish(message.end)
        else deadline.begin()
      }
      this.#fail = (reason) => finish({ kind: 'lost', reason: this.#explain(reason) })
      this.#process.on('message', onMessage)
      if (this.#gone !== undefined) this.#fail(this.#gone)
      else this.#send(request)
    })
  }

  #send(request: Request): void {
    this.#process.send({ ...request }, (error) => error && this.#fail?.(`${this.#name} is gone: ${error.message}`))
  }

  #explain(reason: string): string {
    const lastLine = this.#diagnostics.trimEnd().split('\n').at(-1) ?? ''
    return lastLine === '' ? reason : `${reason}: ${lastLine.slice(0, 200)}`
  }

  /** An idle child keeps the peer's process alive no longer than a busy one needs. */
  #setIdle(): void {
    this.#process.unref()
    this.#process.channel?.unref()
    if (this.#process.stderr instanceof Socket) this.#process.stderr.unref()
  }

  #setBusy(): void {
    this.#process.ref()
    this.#process.channel?.ref()
  }
}

/** Windows cannot start a process without its system folder; elsewhere nothing is passed on. */
function emptyEnvironment(): NodeJS.ProcessEnv {
  const { SystemRoot } = process.env
  return process.platform === 'win32' && SystemRoot !== undefined ? { SystemRoot } : {}
}
