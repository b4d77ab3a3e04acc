/**
 * The engines that Weft has: the only list of them. Light, so that a peer can say what is wrong with the parameters of
 * any engine; what an engine is made of is loaded when the peer is to offer it.
 */
import type { EngineParams, Executor } from '#node/ports/executor.ts'
import type { ParamsReader } from './kit/params.ts'
import { noopParams } from './noop/params.ts'
import { pythonParams } from './python/params.ts'

/** An engine, as long as nothing of it runs. */
export interface Engine {
  /** As jobs, settings and offers name it, and as its folder is called: lower-case letters, digits and dashes. */
  readonly name: string
  /** Reads a job's parameters; has their schema. `validate` of the executor says the same. */
  readonly params: ParamsReader<object>
  /**
   * Offered unless the settings name others. Only what works without being installed, and is a sandbox against anybody.
   */
  readonly auto: boolean
  readonly selfTest: {
    /**
     * What must be on the machine beside Weft, for people; absent: nothing, so the self-test passes wherever Weft runs.
     */
    readonly needs?: string
    /** Then the engine is taken as not working, milliseconds: starting processes or loading models included. */
    readonly timeMs: number
  }
  /** Makes the executor. Starts nothing: its first run or self-test does. */
  readonly load: () => Promise<Executor>
}

/** In the order in which they are offered and listed. */
export const engines: readonly Engine[] = [
  {
    name: 'python',
    params: pythonParams,
    auto: true,
    selfTest: { timeMs: 90_000 },
    load: async () => new (await import('./python/executor.ts')).PythonExecutor(),
  },
  {
    name: 'noop',
    params: noopParams,
    auto: false,
    selfTest: { timeMs: 1_000 },
    load: async () => new (await import('./noop/executor.ts')).NoopExecutor(),
  },
]

/** The engine of that name, if Weft has one. */
export function engineOf(name: string): Engine | undefined {
  return engines.find((engine) => engine.name === name)
}

/** Says what is wrong with a job's parameters for the engine `name`; `undefined` also where Weft has no such engine. */
export function validateParams(name: string, params: EngineParams, paths: readonly string[]): string | undefined {
  return engineOf(name)?.params.problem(params, paths)
}
