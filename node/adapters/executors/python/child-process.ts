/** The peer's side of one Python child: forks it, gives it one run at a time, kills it. */
import { type ChildProcess, fork } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { bounds } from './bounds.ts'
import { childEntry } from './entry.ts'
import { type End, parseChildMessage, type RunRequest, type Stream } from './messages.ts'

/** How a run in a child ended: as the child says, or by us. `lost`: the child ended or misbehaved. */
export type ChildEnd = (End | { readonly kind: 'time-limit' } | { readonly kind: 'lost'; readonly reason: string }) & {
  /** Wall time since the program started; 0 if it did not. */
  readonly ranMs: number
}

interface ChildRunOptions {
  readonly timeMs: number
  readonly onOutput: (stream: Stream, chunk: Uint8Array) => void
}

/** One killable process. After anything but an end that the program brought about, it is to be killed and never used again. */
export class PythonChild {
  /** Runs that it was given. */
  runs = 0
  /** Resolves when the process is gone (or could not be started). */
  readonly exited: Promise<void>
  readonly #process: ChildProcess
  #gone: string | undefined
  #diagnostics = ''
  #fail: ((reason: string) => void) | undefined

  /** Starts the process, with nothing of ours: no environment, no working folder, no open files. Throws if the system refuses. */
  constructor() {
    const entry = childEntry()
    this.#process = fork(fileURLToPath(entry.url), [], {
      execArgv: [...entry.execArgv],
      env: emptyEnvironment(),
      cwd: '/',
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.exited = new Promise((resolve) => {
      const gone = (reason: string) => {
        this.#gone = reason
        this.#fail?.(reason)
        resolve()
      }
      this.#process.once('exit', (code, signal) => gone(`the python child ended (${signal ?? `status ${code}`})`))
      this.#process.once('error', (error) => gone(`the python child failed: ${error.message}`))
    })
    this.#process.stderr?.on('data', (chunk) => {
      this.#diagnostics = `${this.#diagnostics}${String(chunk)}`.slice(-2_000)
    })
    this.#setIdle()
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get isAlive(): boolean {
    return this.#gone === undefined && this.#process.connected
  }

  /** Ends the process at once, whatever it does. Idempotent. */
  kill(reason: string): void {
    this.#gone ??= reason
    this.#fail?.(reason)
    // Whoever waits for `exited` must not find that nothing keeps the loop alive.
    this.#process.ref()
    this.#process.kill('SIGKILL')
  }

  /** Runs one program. Never rejects. Exactly one run at a time. The time limit counts from the program's start. */
  run(request: RunRequest, { timeMs, onOutput }: ChildRunOptions): Promise<ChildEnd> {
    this.runs += 1
    this.#setBusy()
    return new Promise((resolve) => {
      let startedAt: number | undefined
      const ranMs = () => (startedAt === undefined ? 0 : performance.now() - startedAt)
      let timer = setTimeout(() => this.kill('the python child did not start in time'), bounds.startTimeoutMs)
      let ended = false
      const finish = (end: End | { kind: 'time-limit' } | { kind: 'lost'; reason: string }) => {
        // Time may run out while the end of the run is on its way; by now the next run may have begun.
        if (ended) return
        ended = true
        clearTimeout(timer)
        this.#process.off('message', onMessage)
        this.#fail = undefined
        this.#setIdle()
        resolve({ ...end, ranMs: ranMs() })
      }
      // One more turn of the loop: if this process was busy, the end of the run may already have arrived.
      const onTime = () => setImmediate(() => finish({ kind: 'time-limit' }))
      const onMessage = (raw: unknown) => {
        const message = parseChildMessage(raw)
        if (message === undefined) this.kill('the python child sent something else')
        else if (message.type === 'output') onOutput(message.stream, message.chunk)
        else if (message.type === 'ended') finish(message.end)
        else {
          startedAt = performance.now()
          clearTimeout(timer)
          timer = setTimeout(onTime, timeMs)
        }
      }
      this.#fail = (reason) => finish({ kind: 'lost', reason: this.#explain(reason) })
      this.#process.on('message', onMessage)
      if (this.#gone !== undefined) this.#fail(this.#gone)
      else
        this.#process.send(
          { ...request },
          (error) => error && this.#fail?.(`the python child is gone: ${error.message}`),
        )
    })
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
