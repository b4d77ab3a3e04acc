import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { networkBooks, settledState, walletBalance } from '#node/adapters/ledgers/solana/balances.ts'
import { claim } from '#node/adapters/ledgers/solana/wallet.ts'
import type { JobView } from '#node/api/job-view.ts'
import { Client, type PreparedJob, postJob, prepareJob } from '#node/sdk/index.ts'
import { type ChainWorld, DEPOSIT, POCKET, startChainWorld } from './chain-world.ts'
import { isClosed, python, until } from './world.ts'

/** A few in `npm test`; `npm run test:chain` posts 200. */
const JOBS = Number(process.env['WEFT_CHAIN_JOBS'] ?? 20)
/** Jobs on the way at once. */
const WORKERS = 6
const LIAR = 4
const DOWN = 3

const PRICE = 'requirements: { time: 30s }\npriceMax: 1\ndeadline: 10m\n'
const kinds = {
  quiet: (i: number) => `version: 1\nname: quiet\nengine: { type: noop, text: "${i}" }\n${PRICE}`,
  honest: (i: number) => python(`print(${i})`, PRICE),
  failing: () => python('raise SystemExit(3)', PRICE).replace('name: test', 'name: failing'),
}

describe(`money on chain: ${JOBS} jobs, a liar, a witness down, a chain that stalls and rolls back`, function () {
  this.timeout(JOBS > 50 ? 1_800_000 : 600_000)
  let here: ChainWorld
  before(async () => {
    here = await startChainWorld({ peers: 5, liar: LIAR })
  })
  after(() => here?.end())

  it('is conserved to the unit, pays each replica once and the liar nothing, and everybody gets it out', async () => {
    const { world, chain, members, treasury, fault, stake } = here
    await fault({ finalizeSlots: 20 })
    const ids = await post()
    const jobs: JobView[] = []
    for (const id of ids) jobs.push(await world.untilJob(id, isClosed, { at: world.peer(0) }))

    // What the certified receipts say is what the chain must say.
    const owed = new Map<string, bigint>()
    let charged = 0n
    for (const job of jobs) {
      charged += BigInt(job.charged)
      for (const { payee, amount } of job.earned) owed.set(payee, (owed.get(payee) ?? 0n) + BigInt(amount))
      const paid = job.earned.flatMap(({ peer }) => peer ?? [])
      assert.equal(new Set(paid).size, paid.length, 'each replica is paid once')
      assert.ok(!job.verdict?.outvoted.some((peer) => paid.includes(peer)), 'who was outvoted is not paid')
    }
    const liar = members[LIAR]?.peer.key ?? ''
    const lies = jobs.filter((job) => job.verdict?.outvoted.includes(liar))
    assert.ok(
      !jobs.some(
        (job) => job.name !== 'failing' && job.state === 'completed' && job.earned.some(({ peer }) => peer === liar),
      ),
    )
    const failing = jobs.filter(({ name }) => name === 'failing')
    assert.ok(failing.length > 0 && failing.every(({ state }) => state === 'failed'))
    assert.ok(jobs.some(({ state }) => state === 'completed'))
    const ended = new Map<string, number>()
    for (const { code, state } of jobs) ended.set(code || state, (ended.get(code || state) ?? 0) + 1)
    console.log(`      ${[...ended].map(([how, count]) => `${count} ${how}`).join(', ')}; ${lies.length} lies outvoted`)

    let state: Awaited<ReturnType<typeof settledState>>
    const seen = () =>
      `all ${charged} to be settled and paid: height ${state?.height}, ${state?.spent} settled, ${state?.claimed} paid\n${said('solana')}`
    await until(seen, async () => {
      state = await settledState(chain, world.signer.key)
      return state?.spent === charged && state.claimed === charged
    })
    const books = await networkBooks(chain)
    assert.deepEqual([books.balanced, books.unclaimed, books.deposited], [true, 0n, DEPOSIT])
    assert.equal(books.paid + books.fees, charged)
    assert.equal(books.deposited, books.free + books.paid + books.fees)
    let fees = 0n
    for (const { owner } of members) {
      const total = owed.get(owner.key) ?? 0n
      const fee = (total * 250n) / 10_000n
      fees += fee
      assert.equal((await walletBalance(chain, owner.key)).earnedInAll, total - fee, `earned by ${owner.key}`)
    }
    assert.equal(books.fees, fees)

    // Everybody withdraws: the poster by the command, the owners and the treasury by what the command calls.
    const { code, stderr } = await world.weft(['credits', 'withdraw'])
    assert.equal(code, 0, stderr)
    for (const { owner } of members) await claim(chain, owner, { toAccount: false })
    await claim(chain, treasury, { toAccount: false })
    const left = await networkBooks(chain)
    assert.deepEqual([left.vault, left.free, left.balances, left.fees, left.balanced], [0n, 0n, 0n, 0n, true])
    let tokens =
      (await walletBalance(chain, treasury.key)).tokens + (await walletBalance(chain, world.signer.key)).tokens
    for (const { owner } of members) tokens += (await walletBalance(chain, owner.key)).tokens
    assert.equal(tokens, DEPOSIT + POCKET, 'no unit was lost and none was made')
    assert.equal(stake, 100_000_000n)

    const events = await world.weft(['chain', 'events', '--json'])
    const told = Object(JSON.parse(events.stdout))
    assert.equal(told.agrees, true, events.stderr)
  })

  /** The last that each peer's log says of `part`. */
  function said(part: string): string {
    const lines = here.world.paths.map(({ log }) =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes(`"part":"${part}"`))
        .slice(-6)
        .map((line) => line.slice(0, 600)),
    )
    return lines.map((some, i) => `peer ${i}:\n${some.join('\n')}`).join('\n')
  }

  /** Posts all jobs, and lets things go wrong on the way. */
  async function post(): Promise<string[]> {
    const { world, fault, chain } = here
    const client = new Client({ url: world.peer(0).ready.url })
    const jobs = new Map<string, PreparedJob>()
    const read = () => assert.fail('these jobs name no files')
    const ids: string[] = []
    let next = 0
    const troubles = new Map<number, () => Promise<void>>([
      [Math.floor(JOBS * 0.25), () => world.kill(DOWN)],
      [Math.floor(JOBS * 0.4), () => fault({ stall: true })],
      [Math.floor(JOBS * 0.7), () => fault({ stall: false })],
      [Math.floor(JOBS * 0.85), () => rollBack()],
    ])
    // Stalled, or finality may have passed the slot when the chain is asked to go back to it.
    const rollBack = async (): Promise<void> => {
      await fault({ stall: true })
      await fault({ rollBackTo: await chain.connection.getSlot('finalized') })
      await fault({ stall: false })
    }
    let troubled = Promise.resolve()
    const work = async (): Promise<void> => {
      for (let i = next++; i < JOBS; i = next++) {
        const trouble = troubles.get(i)
        // One after the other, in their order, whichever worker comes to them.
        if (trouble !== undefined) troubled = troubled.then(trouble)
        await troubled
        const text = kinds[kindOf(i)](i)
        const job = jobs.get(text) ?? (await prepareJob(text, { read }))
        jobs.set(text, job)
        const { jobId } = await postJob(client, world.signer, job)
        ids.push(jobId)
        await world.untilJob(jobId, isClosed, { at: world.peer(0) })
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, work))
    return ids
  }
})

function kindOf(i: number): keyof typeof kinds {
  return i % 10 === 5 ? 'failing' : i % 4 === 0 ? 'honest' : 'quiet'
}
