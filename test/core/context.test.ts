import assert from 'node:assert/strict'
import { Context } from '#node/core/context.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import { jobAccountKey, jobDigest } from '#protocol/account/job-account.ts'
import { rosterView } from '#protocol/membership/registry.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { keyOf, World } from '../account/world.ts'

const NETWORK = 'solana:test/context'
const DOMAIN = networkDomain(NETWORK)

describe('the committee of an account', () => {
  const wallet = keyOf('wallet')
  const own = keyOf('own peer')
  // More seats than a committee: the own peers' places are drawn as often as others'.
  const members = Array.from({ length: 8 }, (_, i) => ({
    peer: i < 4 ? own.key : keyOf(`peer ${i}`).key,
    owner: i < 4 ? wallet.key : keyOf(`owner ${i}`).key,
  }))
  const view = rosterView(1, new Uint8Array(32).fill(9), members)
  const context = (ownerOf?: (account: string) => string | undefined) =>
    new Context({
      identity: { signer: keyOf('self'), owner: keyOf('self owner').key, domain: DOMAIN, networkId: NETWORK },
      ledger: {
        registry: () => view,
        registryAt: () => view,
        funds: () => undefined,
        ...(ownerOf === undefined ? {} : { ownerOf }),
      },
      random: (length) => new Uint8Array(length),
    })
  const spec = (() => {
    const owned = { ...new World(1).spec({ network: NETWORK }), owner: wallet.key }
    return { ...owned, account: jobAccountKey(DOMAIN, wallet.key, jobDigest(owned)) }
  })()
  const has = (at: Context) => at.committee(spec.account)?.witnesses.includes(own.key)

  it('leaves the owner’s peers out as soon as the job shows whose the account is', () => {
    const at = context()
    assert.equal(has(at), true, 'nobody has said so yet')
    assert.equal(at.input(sealJob(spec, DOMAIN, wallet))?.kind, 'job')
    assert.equal(has(at), false)
  })

  it('leaves them out by what the ledger knows', () => {
    assert.equal(has(context((account) => (account === spec.account ? wallet.key : undefined))), false)
  })

  it('learns nothing from a job that is not signed by the owner', () => {
    const at = context()
    assert.equal(at.input(sealJob(spec, DOMAIN, own)), undefined)
    assert.equal(has(at), true)
  })
})
