import assert from 'node:assert/strict'
import { networkBooks, walletBalance } from '#node/adapters/ledgers/solana/balances.ts'
import { type JobAccount, jobAccountsOf } from '#node/adapters/ledgers/solana/job-accounts.ts'
import type { JobView } from '#node/api/job-view.ts'
import { type ChainWorld, DEPOSIT, POCKET, startChainWorld } from './chain-world.ts'
import { isClosed, python, until } from './world.ts'

const PRICE_MAX = 1_000_000n
const JOB = python('print(6 * 7)', 'requirements: { time: 30s }\npriceMax: 1\ndeadline: 10m\n')
/** No peer is there: the job waits for one that is. */
const NOWHERE = (deadline: string) =>
  `version: 1\nname: nowhere\nengine: { type: noop, text: a }\nrequirements: { time: 1s, regions: [nowhere] }\npriceMax: 1\ndeadline: ${deadline}\n`

describe('a job with an account of its own, on a local chain', function () {
  this.timeout(600_000)
  let here: ChainWorld
  before(async () => {
    here = await startChainWorld({ peers: 4 })
  })
  after(() => here?.end())

  const tokens = async () => (await walletBalance(here.chain, here.world.signer.key)).tokens
  const accounts = () => jobAccountsOf(here.chain, here.world.signer.key)
  const account = async (): Promise<JobAccount> => (await accounts())[0] ?? assert.fail('no account')
  const command = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await here.world.weft([...args, '--json'])
    assert.equal(code, 0, stderr)
    return Object(JSON.parse(stdout))
  }
  const events = async (name: string) =>
    (await command(['chain', 'events'])).events.filter((event: { name: string }) => event.name === name)

  it('is opened, run, settled and told of on chain; the rest comes back, and with it the rent', async () => {
    const { world, chain } = here
    const before = await tokens()
    const { code, stdout, stderr } = await world.run(JOB, ['--escrow', '--json'])
    assert.equal(code, 0, stderr)
    const { job, result } = Object(JSON.parse(stdout)) as { job: JobView; result: { stdout: { text: string } } }
    assert.equal(result.stdout.text, '42\n')
    assert.deepEqual([job.owner, job.certificate?.valid], [world.signer.key, true])
    assert.notEqual(job.account, job.owner)
    const charged = BigInt(job.charged)
    assert(charged > 0n)
    await until('the settlement', async () => (await account()).spent === charged)
    const { account: key, free, deposited, job: digest } = await account()
    assert.deepEqual([key, deposited, free, digest], [job.account, PRICE_MAX, PRICE_MAX - charged, job.escrow])
    assert.equal(await tokens(), before - PRICE_MAX)

    const books = () => networkBooks(chain)
    await until('the payments', async () => (await books()).unclaimed === 0n)
    const jobs = await command(['job', 'list', '--account', world.signer.key])
    assert.deepEqual(
      jobs.jobs.map(({ jobId }: JobView) => jobId),
      [job.jobId],
    )
    const listed = await command(['credits', 'jobs'])
    assert.deepEqual(
      listed.accounts.map((each: JobAccount) => [each.account, each.spent]),
      [[key, String(charged)]],
    )
    const refunded = await command(['credits', 'refund', key])
    assert.deepEqual([refunded.state, refunded.amount, refunded.closed], ['done', String(PRICE_MAX - charged), true])
    assert.equal(await tokens(), before - charged)
    assert.deepEqual(await accounts(), [])
    const { balanced, deposited: all } = await books()
    assert.deepEqual([balanced, all], [true, DEPOSIT])

    await until('JobCompleted', async () => (await events('JobCompleted')).length === 1)
    assert.equal((await command(['chain', 'events'])).agrees, true)
    const [created] = await events('JobCreated')
    assert.deepEqual([created.data.job, created.data.owner], [job.escrow, world.signer.key])
  })

  it('is cancelled by its owner, who gets everything back', async () => {
    const before = await tokens()
    const posted = await here.world.run(NOWHERE('10m'), ['--escrow', '--detach', '--json'])
    assert.equal(posted.code, 0, posted.stderr)
    const { job } = Object(JSON.parse(posted.stdout)) as { job: JobView }
    assert.equal(await tokens(), before - PRICE_MAX)
    const cancelled = await command(['job', 'cancel', job.jobId, '-k', here.world.wallet])
    assert.equal(cancelled.state, 'cancelled')
    const refunded = await command(['credits', 'refund', job.account])
    assert.deepEqual([refunded.amount, refunded.closed], [String(PRICE_MAX), true])
    assert.equal(await tokens(), before)
  })

  it('is refunded by the peers once its deadline has passed, without its owner', async () => {
    const { world } = here
    const before = await tokens()
    const posted = await world.run(NOWHERE('20s'), ['--escrow', '--detach', '--json'])
    assert.equal(posted.code, 0, posted.stderr)
    const { job } = Object(JSON.parse(posted.stdout)) as { job: JobView }
    const closed = await world.untilJob(job.jobId, isClosed)
    assert.equal(closed.charged, '0')
    await until('the refund', async () => (await tokens()) === before)
    const { free, spent } = await account()
    assert.deepEqual([free, spent], [0n, 0n])
    assert.equal(before <= POCKET, true)
  })
})
