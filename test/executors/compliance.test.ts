import { NoopExecutor } from '#node/adapters/executors/noop/executor.ts'
import { PythonExecutor } from '#node/adapters/executors/python/executor.ts'
import { executorCompliance } from '#test/compliance/executor.ts'

executorCompliance('python', () => ({
  executor: new PythonExecutor(),
  good: {
    params: { code: 'import sys\nprint("hello", sys.argv[1:], sys.stdin.read())', args: ['a'], stdin: 'b' },
    prints: "hello ['a'] b\n",
  },
  bad: [{}, { code: '' }, { code: 'pass', fiel: 'x' }, { file: 'absent.py' }, { code: 'pass', args: 'x' }],
}))

executorCompliance('noop', () => ({
  executor: new NoopExecutor(),
  good: { params: { text: 'hello' }, prints: 'hello' },
  bad: [{ code: 'pass' }, { text: 1 }],
}))
