/**
 * What is added to a union and handled nowhere does not compile. Each case adds one thing to a copy of the code that is held in memory, and
 * looks whether the compiler objects where it must be handled.
 */
import assert from 'node:assert/strict'
import { Compiler } from './compiler.ts'

interface Case {
  readonly what: string
  /** Where it is added: right behind this text, which stands there once. */
  readonly file: string
  readonly behind: string
  readonly added: string
  /** The file, or the folder of the one file, that must not compile then. */
  readonly handledIn: string
}

const row = "{ schema: z.strictObject({ type: z.literal('added') }), from: 'peer', to: 'peer', meaning: 'added' },"
const member = "| { readonly type: 'added' }"

const cases: readonly Case[] = [
  {
    what: 'a frame',
    file: 'protocol/messages/blobs.ts',
    behind: 'export const blobMessages = [',
    added: row,
    handledIn: 'node/core/dispatch-frame.ts',
  },
  {
    what: 'an event of the core',
    file: 'node/core/effects.ts',
    behind: 'export type Event =',
    added: member,
    handledIn: 'node/core/peer-core.ts',
  },
  {
    what: 'an effect of the core',
    file: 'node/core/effects.ts',
    behind: 'export type Effect =',
    added: member,
    handledIn: 'node/runtime/driver.ts',
  },
  {
    what: 'a message of agreement',
    file: 'protocol/messages/agreement.ts',
    behind: 'export const agreementMessages = [',
    added: row.replace('})', ', ...position })'),
    handledIn: 'protocol/agreement/agreement.ts',
  },
  {
    what: 'an effect of agreement',
    file: 'protocol/agreement/effects.ts',
    behind: 'export type AgreementEffect =',
    added: member,
    handledIn: 'node/core/witness/',
  },
]

describe('what nobody handles', function () {
  this.timeout(120_000)
  const compiler = new Compiler(['node/runtime/driver.ts'])

  it('is not in the code as it is', () => {
    assert.deepEqual(
      cases.flatMap(({ handledIn }) => compiler.errors(handledIn)),
      [],
    )
  })

  for (const { what, file, behind, added, handledIn } of cases) {
    it(`does not compile: ${what}`, () => {
      const text = compiler.read(file)
      assert.equal(text.split(behind).length, 2, `"${behind}" does not stand in ${file} once`)
      const errors = compiler.errors(handledIn, new Map([[file, text.replace(behind, `${behind} ${added}`)]]))
      assert.ok(
        errors.some((error) => error.includes('added')),
        `${handledIn} compiles all the same: ${errors.join('\n')}`,
      )
    })
  }
})
