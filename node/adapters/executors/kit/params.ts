/**
 * An engine's parameters: their schema, and the sentence that says what is wrong with those of a job. Light: a peer
 * reads the parameters of engines that it does not have.
 */
import type { z } from 'zod'
import type { EngineParams } from '#node/ports/executor.ts'

interface ParamsInit<Given, Params> {
  readonly engine: string
  /** What the engine takes, in words: ends the sentence about a parameter that it does not know. */
  readonly takes: string
  /**
   * A strict object. Messages go on after the parameter's name (`must be text`), and after `engine.params` where they
   * are about the whole (`needs code or file`); without a full stop.
   */
  readonly schema: z.ZodType<Given>
  /**
   * What the parameters mean for a job with inputs at `paths`, or a whole sentence that says why they do not fit
   * together.
   */
  readonly resolve: (given: Given, paths: readonly string[]) => Params | string
}

/** Reads parameters of one engine, as `Params`. */
export interface ParamsReader<Params extends object> {
  /** For documents: what a job may give. */
  readonly schema: z.ZodType
  /**
   * The parameters of a job with inputs at `paths`, or one sentence that says what is wrong with them. Never throws.
   */
  read(params: EngineParams, paths: readonly string[]): Params | string
  /** That sentence, or `undefined`. */
  problem(params: EngineParams, paths: readonly string[]): string | undefined
}

/** Makes the reader that the engine's executor and the catalogue share. */
export function defineParams<Given, Params extends object>(init: ParamsInit<Given, Params>): ParamsReader<Params> {
  const { schema, resolve } = init
  const read = (params: EngineParams, paths: readonly string[]): Params | string => {
    const given = schema.safeParse(params)
    return given.success ? resolve(given.data, paths) : sentence(init, given.error.issues)
  }
  const problem = (params: EngineParams, paths: readonly string[]): string | undefined => {
    const found = read(params, paths)
    return typeof found === 'string' ? found : undefined
  }
  return { schema, read, problem }
}

/** A misspelt name explains most of what else is wrong, so it comes first. */
function sentence({ engine, takes }: { engine: string; takes: string }, issues: readonly z.core.$ZodIssue[]): string {
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys')
  if (unknown !== undefined) return `engine.params.${unknown.keys[0]} is unknown: ${engine} takes ${takes}.`
  const [first] = issues
  const name = first?.path[0] === undefined ? '' : `.${String(first.path[0])}`
  return `engine.params${name} ${first?.message ?? 'cannot be read'}.`
}
