import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { remedyFor } from '#programs/client/remedies.ts'
import { jobReceiptIdl } from '#programs/client/types/job_receipt.ts'
import { nodeRegistryIdl } from '#programs/client/types/node_registry.ts'
import { paymentSplitterIdl } from '#programs/client/types/payment_splitter.ts'

describe('the table of errors', () => {
  it('names every error of the programs, its cause and the next step (WEFT_UPDATE=1 writes it)', () => {
    const path = new URL('../../programs/ERRORS.md', import.meta.url)
    const table = errorTable()
    if (process.env['WEFT_UPDATE'] === '1') writeFileSync(path, table)
    assert.equal(readFileSync(path, 'utf8'), table)
  })
})

function errorTable(): string {
  const programs = [
    ['node_registry', nodeRegistryIdl.errors],
    ['job_receipt', jobReceiptIdl.errors],
    ['payment_splitter', paymentSplitterIdl.errors],
  ] as const
  const lines = ['# What the programs refuse, and what to do', '']
  for (const [program, errors] of programs) {
    lines.push(`## ${program}`, '', '| code | name | cause | next step |', '| --- | --- | --- | --- |')
    for (const { code, name, msg } of errors) lines.push(`| ${code} | ${name} | ${msg} | ${remedyFor(name)} |`)
    lines.push('')
  }
  return lines.join('\n')
}
