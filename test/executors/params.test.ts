import assert from 'node:assert/strict'
import fc from 'fast-check'
import { pythonParams } from '#node/adapters/executors/python/params.ts'

describe('parameters of a python job', () => {
  it('accepts code or the path of an input', () => {
    assert.deepEqual(pythonParams.read({ code: 'pass' }, ['a/b.txt']), {
      path: 'main.py',
      source: 'pass',
      args: [],
      stdin: '',
    })
    assert.deepEqual(pythonParams.read({ file: 'a.py', args: ['1'], stdin: 'x' }, ['a.py']), {
      path: 'a.py',
      source: undefined,
      args: ['1'],
      stdin: 'x',
    })
  })

  const wrong: readonly [Parameters<typeof pythonParams.read>[0], readonly string[], RegExp][] = [
    [{}, [], /needs code .* or file/],
    [{ code: 'pass', file: 'a.py' }, ['a.py'], /both code and file/],
    [{ code: 1 }, [], /code must be the text/],
    [{ code: '' }, [], /code must be the text/],
    [{ code: 'pass' }, ['main.py'], /main\.py, but an input has that name/],
    [{ file: 'b.py' }, ['a.py'], /"b\.py", which is not an input/],
    [{ file: ['a.py'] }, ['a.py'], /file must be the path/],
    [{ code: 'pass', args: '-x' }, [], /args must be a list/],
    [{ code: 'pass', args: ['a\0b'] }, [], /without NUL/],
    [{ code: 'pass', stdin: 7 }, [], /stdin must be text/],
    [{ code: 'pass', timeout: 7 }, [], /timeout is unknown/],
    [{ code: 'pass' }, ['../x'], /"\.\.\/x" must be a relative path/],
    [{ code: 'pass' }, ['/etc/passwd'], /must be a relative path/],
    [{ code: 'pass' }, ['out/x'], /outside "out"/],
  ]
  for (const [params, paths, expected] of wrong)
    it(`explains ${JSON.stringify(params)} with inputs ${JSON.stringify(paths)}`, () => {
      const said = pythonParams.read(params, paths)
      assert.ok(typeof said === 'string')
      assert.match(said, expected)
      assert.match(said, /^[^\n]+\.$/)
    })

  it('never throws', () => {
    const value = fc.oneof(fc.string(), fc.nat(), fc.array(fc.string()))
    const names = fc.oneof(fc.constantFrom('code', 'file', 'args', 'stdin'), fc.string())
    fc.assert(
      fc.property(fc.dictionary(names, value), fc.array(fc.string()), (params, paths) => {
        pythonParams.read(params, paths)
      }),
    )
  })
})
