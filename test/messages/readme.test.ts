/** The tables of messages in the README: `WEFT_REWRITE=1` writes what the code says now. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { agreementMessages } from '#protocol/messages/agreement.ts'
import type { Message } from '#protocol/messages/message.ts'
import { frames } from '#protocol/messages/table.ts'

const file = new URL('../../protocol/README.md', import.meta.url)

describe("the README's tables of messages", () => {
  it('say what the table of messages says', () => {
    const known = readFileSync(file, 'utf8')
    const text = filled(filled(known, 'frames', frames), 'agreement messages', agreementMessages)
    if (process.env['WEFT_REWRITE'] === '1') writeFileSync(file, text)
    assert.equal(readFileSync(file, 'utf8'), text)
  })

  it('have a line for each', () => {
    const lines = tableOf(frames).split('\n')
    assert.equal(lines.length, frames.length + 2)
    for (const { meaning } of [...frames, ...agreementMessages]) assert.doesNotMatch(meaning, /[|\n]|^$/)
  })
})

/** `text` with the table of `messages` between the markers of that name. */
function filled(text: string, name: string, messages: readonly Message[]): string {
  const [begin, end] = [`<!-- ${name}: generated from messages/ -->\n\n`, `\n\n<!-- ${name}: end -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  assert.ok(from >= 0 && to > from, `the markers of the ${name} are gone`)
  return text.slice(0, from + begin.length) + tableOf(messages) + text.slice(to)
}

function tableOf(messages: readonly Message[]): string {
  const rows = messages.map(({ schema, from, to, meaning }) => {
    const [type] = schema.shape.type.values
    return `| \`${type}\` | ${from} → ${to} | ${meaning} |`
  })
  return ['| message | from → to | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
