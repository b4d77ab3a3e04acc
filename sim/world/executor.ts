/** A simulated executor: a run takes the virtual time that its job names, and ends as the peer's temper says. */
import type { Executor, Outcome, Task } from '#node/ports/executor.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import type { PeerClock } from './clock.ts'

/** How the runs of a peer's executor end; a fault or an attacker changes it. */
export type Temper =
  | 'honest'
  /** A result of its own that is wrong. */
  | 'wrong'
  /** A wrong result that all colluders share. */
  | 'collude'
  /** The engine crashes. */
  | 'crash'
  /** Never ends. */
  | 'hang'
  /** Ten times slower than it says. */
  | 'slow'
  /** Runs nothing and guesses at once. */
  | 'lazy'
  /** The program runs out of memory here. */
  | 'limit'

/** True if results of this temper are not the program's. */
export function isWrong(temper: Temper): boolean {
  return temper === 'wrong' || temper === 'collude' || temper === 'lazy' || temper === 'limit'
}

/** The engine's name in jobs and offers. */
export const ENGINE = 'noop'

export interface ExecutorOptions {
  readonly clock: PeerClock
  /** 1,000: the reference machine. */
  readonly speedMilli: number
  readonly name: string
  readonly temper: (task: Task) => Temper
}

/** What an honest replica prints for `text`. */
export function honestOutput(text: string): string {
  return `result of ${text}`
}

/** What colluders print for it. */
export function forgedOutput(text: string): string {
  return `forged result of ${text}`
}

export function simExecutor({ clock, speedMilli, name, temper }: ExecutorOptions): Executor {
  return {
    engine: ENGINE,
    selfTest: async () => ({ version: '1', models: [], gpuMemoryBytes: 0 }),
    validate: () => undefined,
    stop: async () => undefined,
    run: (task, { signal }) =>
      new Promise((resolve) => {
        const ending = temper(task)
        const wantedMs = Number(task.engine.params['ms'] ?? 1)
        const tookMs = Math.max(
          1,
          Math.round((wantedMs * 1_000 * (ending === 'slow' ? 10 : ending === 'lazy' ? 0 : 1)) / speedMilli),
        )
        signal.addEventListener('abort', () => resolve({ status: 'engine-failed', reason: 'aborted' }), { once: true })
        if (ending !== 'hang') clock.after(tookMs, () => resolve(outcomeOf(task, ending, name, tookMs)))
      }),
  }
}

function outcomeOf(task: Task, ending: Temper, name: string, meterMs: number): Outcome {
  const text = String(task.engine.params['text'] ?? '')
  if (ending === 'crash') return { status: 'engine-failed', reason: 'the engine crashed' }
  const stderr = new Uint8Array()
  if (ending === 'limit') {
    const reason = 'out of memory'
    return { status: 'program-failed', code: 'MEMORY_LIMIT', exitCode: 1, reason, stdout: stderr, stderr, meterMs }
  }
  const stdout =
    ending === 'lazy'
      ? 'ok'
      : ending === 'wrong'
        ? `nonsense of ${name}`
        : ending === 'collude'
          ? forgedOutput(text)
          : honestOutput(text)
  return { status: 'done', stdout: utf8(stdout), stderr, files: [], meterMs }
}
