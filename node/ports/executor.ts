/** One replica's work. */
export interface Task {
  readonly jobId: string
  /** Lease token: unique per run. */
  readonly fence: number
  readonly engine: {
    readonly type: string
    readonly params: Readonly<Record<string, string | number | readonly string[]>>
  }
  /** The job's files, by relative path. */
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[]
  readonly limits: { readonly timeMs: number; readonly memoryBytes: number; readonly outputBytes: number }
}

/** How a run ended. `program` failures are the job's own and deterministic; `engine` failures are this peer's. */
export type Outcome =
  | {
      readonly status: 'done'
      readonly stdout: Uint8Array
      readonly stderr: Uint8Array
      readonly files: readonly OutputFile[]
      readonly meterMs: number
    }
  | {
      readonly status: 'program-failed'
      readonly code: 'PROGRAM_FAILED' | 'TIME_LIMIT' | 'MEMORY_LIMIT' | 'OUTPUT_LIMIT'
      /** Process exit status where there is one. */
      readonly exitCode: number
      /** One sentence. */
      readonly reason: string
      readonly stdout: Uint8Array
      readonly stderr: Uint8Array
      readonly meterMs: number
    }
  | { readonly status: 'engine-failed'; readonly reason: string }

/** A file that the program left in its `out` folder. */
export interface OutputFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Runs tasks of one engine in a sandbox. */
export interface Executor {
  /** Engine type, for example `python`. */
  readonly engine: string
  /** Proves that the engine works here (runs a small program); resolves to its version, or rejects with a `WeftError` that says what is missing. */
  selfTest(options: { signal: AbortSignal }): Promise<{ version: string }>
  /**
   * Runs one task to its end. Never rejects; aborting kills the run and resolves as `engine-failed`. `onOutput` streams stdout and stderr
   * as they appear. Several runs may be under way at once.
   */
  run(
    task: Task,
    options: { signal: AbortSignal; onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void },
  ): Promise<Outcome>
  /** Says what is wrong with a job's engine parameters before it is signed: a sentence, or `undefined` if they are fine. */
  validate(params: Task['engine']['params'], paths: readonly string[]): string | undefined
  /** Ends everything that is running. Idempotent. */
  stop(): Promise<void>
}
