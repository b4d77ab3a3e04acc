/** Thrown through an interpreter to end a run at once. The program cannot catch it: it unwinds WebAssembly frames. */
export class LimitReached extends Error {
  readonly code: 'MEMORY_LIMIT' | 'OUTPUT_LIMIT'

  /** `reason` is a sentence without its full stop. */
  constructor(code: 'MEMORY_LIMIT' | 'OUTPUT_LIMIT', reason: string) {
    super(reason)
    this.name = 'LimitReached'
    this.code = code
  }
}
