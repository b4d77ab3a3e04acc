import type { Samples } from '#test/compliance/executor.ts'

const NO_PROGRAM = { cannot: 'noop runs no program' }

/** Sample jobs of the `noop` engine. */
export const samples: Samples = {
  prints: { params: { text: 'hello' }, stdout: 'hello' },
  fails: NO_PROGRAM,
  endless: NO_PROGRAM,
  flood: NO_PROGRAM,
  file: NO_PROGRAM,
  refused: [{ code: 'pass' }, { text: 1 }],
}
