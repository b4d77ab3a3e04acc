/** Engines: what runs a replica's work in a sandbox, and what is said about a run. */
import type { JobSpec } from '#protocol/job/spec.ts'
import type { RunOutcome } from '../core/effects.ts'

/** Parameters of an engine, as they were signed. What they mean is the engine's; the job's schema bounds their size. */
export type EngineParams = JobSpec['engine']['params']

/** One replica's work. Everything in it comes from a job that anybody may have signed. */
export interface Task {
  /** Seeds what a program sees as chance: all replicas of a job have the same. */
  readonly jobId: string
  /** Lease token: unique per run. */
  readonly fence: number
  readonly engine: JobSpec['engine']
  /** The job's inputs, by relative path. */
  readonly files: readonly OutputFile[]
  readonly limits: {
    /** Wall time from the program's start. What comes before it (a download, a model that is loaded) does not count. */
    readonly timeMs: number
    readonly memoryBytes: number
    /** What the program prints and the result files, together. */
    readonly outputBytes: number
  }
}

/**
 * How a run ended.
 *
 * - `done`, `program-failed`: the job's own result; given the same task, the same bytes on every honest peer, `meterMs`
 *   and the moment at which a time limit strikes aside. `exitCode` is the program's, or 128 and the signal as shells
 *   report it; `reason` is one sentence.
 * - `engine-failed`: this peer's fault or its decision (aborted, stopped, overloaded); nobody pays for it, another peer
 *   tries.
 *
 * `meterMs`: what the run is billed for, whole milliseconds, at least 1.
 */
export type Outcome = RunOutcome

/** A file that a program reads below its working folder, or left in its `out` folder. */
export type OutputFile = Readonly<Extract<RunOutcome, { status: 'done' }>['files'][number]>

/** Where a program prints. */
export type OutputStream = 'stdout' | 'stderr'

/** What accompanies one run. */
export interface RunOptions {
  /** Kills the run, with everything that it started, and resolves it as `engine-failed`. */
  readonly signal: AbortSignal
  /** Told what is printed, as it appears, in order; together exactly the outcome's `stdout` and `stderr`. */
  readonly onOutput: (stream: OutputStream, chunk: Uint8Array) => void
}

/** What a peer's offer says of an engine that works here. */
export interface SelfTested {
  /** Of the language, runtime or driver: 1 to 64 letters, digits, dots, pluses, dashes and underscores. */
  readonly version: string
  /** Models that are loaded or cached, by the names that jobs ask for; empty where the engine has none. */
  readonly models: readonly string[]
  /** GPU memory that a job may use here, bytes; 0 without a GPU. */
  readonly gpuMemoryBytes: number
}

/** Runs tasks of one engine in a sandbox. */
export interface Executor {
  /** Engine type, for example `python`. */
  readonly engine: string
  /**
   * Proves that the engine works here: runs a small program, and checks what the engine promises but does not enforce
   * itself (a container's limits). Rejects with a `WeftError` that says what is missing, or when it is aborted.
   */
  selfTest(options: { signal: AbortSignal }): Promise<SelfTested>
  /** Runs one task to its end. Never rejects. Several runs may be under way at once. */
  run(task: Task, options: RunOptions): Promise<Outcome>
  /**
   * Says what is wrong with a job's engine parameters before it is signed: a sentence, or `undefined` if they are fine.
   * `paths` are the job's inputs. Parameters that are refused here fail alike on every peer.
   */
  validate(params: EngineParams, paths: readonly string[]): string | undefined
  /** Ends everything that is running; resolves when no process of the engine is left. Idempotent. */
  stop(): Promise<void>
}
