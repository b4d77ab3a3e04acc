/** Thrown through the interpreter to end a run at once. Python cannot catch it: it unwinds WebAssembly frames. */
export class LimitReached extends Error {
  readonly code: 'MEMORY_LIMIT' | 'OUTPUT_LIMIT'

  constructor(code: 'MEMORY_LIMIT' | 'OUTPUT_LIMIT', reason: string) {
    super(reason)
    this.name = 'LimitReached'
    this.code = code
  }
}
