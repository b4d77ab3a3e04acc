import assert from 'node:assert/strict'
import { readInput, sealCancel, sealJob } from '#protocol/account/inputs.ts'
import { jobAccountKey, jobDigest, ownerIn, provenEnd } from '#protocol/account/job-account.ts'
import { decodeReceipt, encodeReceipt, makeReceipt } from '#protocol/account/receipt.ts'
import { emptyAccount, headerOf, rootOfJobProof, summaryOf } from '#protocol/account/state.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { rosterView } from '#protocol/membership/registry.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import { DOMAIN, keyOf, World, wallet } from './world.ts'

const NETWORK = 'solana:vectors/test'

/** `spec` on the account that its owner opens for it. */
function ofItsOwn(spec: JobSpec): JobSpec {
  const owned = { ...spec, owner: wallet.key }
  return { ...owned, account: jobAccountKey(DOMAIN, wallet.key, jobDigest(owned)) }
}

/** A log that is a one-job account's, in a registry where `wallet` owns the first peer. */
function escrow(network = NETWORK): { world: World; spec: JobSpec } {
  const world = new World(5)
  const spec = ofItsOwn(world.spec({ network, seq: 1, authorised: 1_000_000n, priceMax: 1_000_000n }))
  const members = world.peers.map(({ key }, i) => ({ peer: key, owner: i === 0 ? wallet.key : keyOf(`o ${i}`).key }))
  const registry = rosterView(1, new Uint8Array(32).fill(5), members)
  world.state = emptyAccount(spec.account, 1)
  world.committee = drawCommittee(registry, spec.account, wallet.key)
  world.rules = { domain: DOMAIN, networkId: network, registry, committee: world.committee }
  return { world, spec }
}

describe('a one-job account', () => {
  it('takes its job, and keeps the owner’s peers out of its committee and its seats', () => {
    const { world, spec } = escrow()
    const own = world.peer(0).key
    assert.equal(world.committee.witnesses.includes(own), false)
    const job = sealJob(spec, DOMAIN, wallet)
    world.take([job, ...world.offers()])
    const { phase, seats } = world.record(job.id)
    assert.equal(phase, 'placed')
    assert.equal(
      seats.some(({ peer }) => peer === own),
      false,
    )
    assert.equal(ownerIn(world.state.account, [world.record(job.id).spec]), wallet.key)
  })

  it('takes no other job, and no other wallet’s', () => {
    const { spec } = escrow()
    const read = (changed: JobSpec, by = wallet) => readInput(sealJob(changed, DOMAIN, by), DOMAIN)
    assert.equal(read(spec)?.kind, 'job')
    const others: Partial<JobSpec>[] = [{ seq: 2 }, { priceMax: 999n }, { authorised: 2_000_000n }, { name: 'other' }]
    for (const change of others)
      assert.equal(read({ ...spec, ...change }), undefined, JSON.stringify(Object.keys(change)))
    const thief = keyOf('thief')
    assert.equal(read(spec, thief), undefined)
    assert.equal(read({ ...spec, owner: thief.key }, thief), undefined)
    assert.equal(read({ ...spec, account: thief.key, owner: wallet.key }), undefined)
    assert.equal(read({ ...spec, owner: undefined }), undefined)
  })

  it('is refused where the ledger has none', () => {
    const { world, spec } = escrow('test:account')
    const job = sealJob(spec, DOMAIN, wallet)
    const { rejected } = world.take([job, ...world.offers()])
    assert.deepEqual(rejected, [{ id: job.id, code: 'LEDGER_OTHER' }])
  })

  it('is ended by its owner, and by nobody else', () => {
    const { world, spec } = escrow()
    const job = sealJob(spec, DOMAIN, wallet)
    world.take([job, ...world.offers()])
    const { account } = spec
    const thief = keyOf('thief')
    const digest = jobDigest(spec)
    assert.equal(readInput(sealCancel({ account, job: job.id }, DOMAIN, wallet), DOMAIN), undefined)
    assert.equal(readInput(sealCancel({ account, job: job.id, digest }, DOMAIN, thief), DOMAIN), undefined)
    world.take([sealCancel({ account: thief.key, job: job.id }, DOMAIN, thief)])
    assert.equal(world.record(job.id).phase, 'placed')
    assert.equal(provenEnd(world.state), undefined)
    world.take([sealCancel({ account, job: job.id, digest }, DOMAIN, wallet)])
    assert.equal(world.record(job.id).outcome?.state, 'cancelled')
  })

  it('proves how its job ended by a summary that a transaction has room for', () => {
    const { world, spec } = escrow()
    const job = sealJob(spec, DOMAIN, wallet)
    world.take([job, ...world.offers()])
    world.take([sealCancel({ account: spec.account, job: job.id, digest: jobDigest(spec) }, DOMAIN, wallet)])
    const end = provenEnd(world.state)
    assert(end && world.certificate)
    const root = rootOfJobProof(end)
    assert(root && equalBytes(root, headerOf(world.state, DOMAIN).stateRoot))
    const summary = summaryOf(end.record)
    assert(summary && summary.length < 260, String(summary?.length))
    assert.deepEqual(Object(decode(summary)).state, 'cancelled')
    assert.equal(summaryOf(new Uint8Array([0xff])), undefined)
    const receipt = makeReceipt(world.state, world.certificate, job.id)
    assert(receipt)
    assert.deepEqual(decodeReceipt(encodeReceipt(receipt), DOMAIN)?.job.spec, spec)
  })
})
