import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createProgram } from '#node/cli/program.ts'

const MAIN = new URL('../../node/cli/main.ts', import.meta.url)

/** Everything that is imported before a command runs; `import(…)` is not. */
function staticImports(file: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(file.href)) return seen
  seen.add(file.href)
  const text = readFileSync(fileURLToPath(file), 'utf8')
  for (const [, clause = '', name = ''] of text.matchAll(/^import (?!type )([^'(]*?)'([^']+)'/gm)) {
    const onlyTypes = /^\{(\s*type [^,}]+,?)+\s*\} from $/.test(clause)
    if (onlyTypes) continue
    if (name.startsWith('.')) staticImports(new URL(name, file), seen)
    else if (name.startsWith('#')) staticImports(new URL(`../../${name.slice(1)}`, import.meta.url), seen)
    else seen.add(name)
  }
  return seen
}

describe('weft --help', () => {
  it('loads nothing but the command line parser', () => {
    const libraries = [...staticImports(MAIN)].filter((name) => !name.startsWith('file:') && !name.startsWith('node:'))
    assert.deepEqual(libraries.sort(), ['commander', 'picocolors'])
  })

  it('names every command, but not the hidden one', () => {
    const program = createProgram()
    const help = program.helpInformation()
    for (const name of 'up dev run job peer status init invite join keygen explain completion version logs'.split(' '))
      assert.match(help, new RegExp(`^  ${name}\\b`, 'm'))
    assert.doesNotMatch(help, /^ {2}demo/m)
  })

  it('is also said by `help`, for every command, and names what is unknown', async () => {
    for (const path of ['', 'run', 'job why', 'chain events']) {
      let text = ''
      const program = createProgram()
      const print = { writeOut: (part: string) => (text += part) }
      for (const command of [program, ...program.commands.flatMap((child) => [child, ...child.commands])])
        command.configureOutput(print)
      await program.parseAsync(['help', ...path.split(' ').filter(Boolean)], { from: 'user' })
      assert.match(text, new RegExp(`^Usage: weft ${path === '' ? '<command>' : path}`))
    }
    await assert.rejects(
      createProgram().parseAsync(['help', 'job', 'foo'], { from: 'user' }),
      /unknown command 'job foo'/,
    )
  })

  it('describes every option', () => {
    for (const command of createProgram().commands.flatMap((parent) => [parent, ...parent.commands]))
      for (const option of command.options) assert.ok(option.hidden || option.description !== '', option.flags)
  })
})
