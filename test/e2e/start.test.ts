import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const START = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url))

describe('npm start', function () {
  this.timeout(300_000)
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-start-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const start = async (args: readonly string[]): Promise<{ code: unknown; stdout: string }> => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder }
    const child = spawn(process.execPath, [START, '--once', '--json', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    const [code]: unknown[] = await once(child, 'close')
    assert.equal(stderr, '')
    return { code, stdout }
  }

  it('runs the main job once and prints the documented document', async () => {
    const { code, stdout } = await start([])
    assert.equal(code, 0, stdout)
    assert.equal(stdout.trim().split('\n').length, 1)
    const report = JSON.parse(stdout)
    for (const name of ['schemaVersion', 'jobId', 'state', 'result', 'verdict', 'certificate', 'placement', 'earned'])
      assert.ok(name in report, name)
    assert.deepEqual([report.schemaVersion, report.state], [1, 'completed'])
    assert.match(report.jobId, /^bafk/)
    // Two of three, where one was too slow on a busy machine and nobody was left to take over.
    const { agreed, of } = report.verdict
    assert.ok(agreed >= 2 && agreed <= 3 && of === 3, stdout)
    assert.equal(typeof report.verdict.confidence, 'number')
    const { certificate, placement, timingsMs } = report
    assert.deepEqual([certificate.n, certificate.quorum, certificate.valid], [4, 3, true])
    assert.ok(certificate.signers.length >= 3)
    assert.match(certificate.digest, /^[0-9a-f]{64}$/)
    assert.ok(certificate.height > 0)
    assert.ok(placement.primaries.length >= agreed, stdout)
    // Two, but for a primary that was too slow to accept on a busy machine: then one of them has taken over.
    assert.ok(placement.standbys.length <= 2)
    assert.equal(report.earned.filter(({ peer }: { peer: string | null }) => peer !== null).length, agreed)
    for (const name of ['acknowledged', 'placed', 'running', 'verified']) assert.equal(typeof timingsMs[name], 'number')
    assert.ok(timingsMs.acknowledged <= timingsMs.placed && timingsMs.placed <= timingsMs.verified)
    assert.match(report.result.stdout.text, /packages/)
    const { settlement } = report
    assert.match(settlement.signature, /^[1-9A-HJ-NP-Za-km-z]{64,90}$/)
    assert.match(settlement.network, /^solana:/)
    assert.equal(settlement.books.balanced, true)
    const charged = report.earned.reduce((sum: bigint, { amount }: { amount: string }) => sum + BigInt(amount), 0n)
    assert.equal(BigInt(settlement.account.after.spent) - BigInt(settlement.account.before.spent), charged)
  })

  it('runs any job over any input', async () => {
    const job = join(folder, 'count.yaml')
    const input = join(folder, 'words.txt')
    await writeFile(input, 'one two three\n')
    await writeFile(
      job,
      'version: 1\nname: count\nengine: { type: python, code: "print(len(open(\'words.txt\').read().split()))" }\nreplicas: 2\n',
    )
    const { code, stdout } = await start([
      '--peers',
      '3',
      '--job',
      job,
      '--input',
      `words.txt=${input}`,
      '--ledger',
      'roster',
    ])
    assert.equal(code, 0, stdout)
    const report = JSON.parse(stdout)
    assert.deepEqual([report.result.stdout.text, report.settlement], ['3\n', null])
  })

  it('exits with the status of the error, as a document, where the job cannot be run', async () => {
    const { code, stdout } = await start(['--job', join(folder, 'none.yaml')])
    assert.equal(code, 2)
    assert.equal(JSON.parse(stdout).error.code, 'INPUT_MISSING')
  })
})
