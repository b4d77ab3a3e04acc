import type { Samples } from '#test/compliance/executor.ts'

/** Sample jobs of the `python` engine. */
export const samples: Samples = {
  prints: {
    params: { code: 'import sys\nprint("hello", sys.argv[1:], sys.stdin.read())', args: ['a'], stdin: 'b' },
    stdout: "hello ['a'] b\n",
  },
  fails: { params: { code: 'print("before")\nraise ValueError("no such thing")' }, exitCode: 1 },
  endless: { params: { code: 'print("spinning", flush=True)\nwhile True: pass' } },
  flood: { params: { code: 'while True: print("x" * 1_000)' } },
  file: {
    params: { code: 'text = open("in/a.txt").read()\nprint(len(text))\nopen("out/b.txt", "w").write(text.upper())' },
    files: { 'in/a.txt': 'text' },
    stdout: '4\n',
    results: { 'b.txt': 'TEXT' },
  },
  refused: [{}, { code: '' }, { code: 'pass', fiel: 'x' }, { file: 'absent.py' }, { code: 'pass', args: 'x' }],
}
