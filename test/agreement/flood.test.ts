import assert from 'node:assert/strict'
import { receive } from '#protocol/agreement/agreement.ts'
import { createInstance } from '#protocol/agreement/begin-height.ts'
import { sealContribution } from '#protocol/agreement/contribution.ts'
import type { Instance } from '#protocol/agreement/instance.ts'
import { signPrepare, signViewChange } from '#protocol/agreement/signed-votes.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import { seal } from '#protocol/wire/envelope.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import { at } from './random.ts'
import { DOMAIN, GENESIS, headerOf, makeInput, positionAfter, ToyLog, VOID, wallet, witnessSigners } from './toy-log.ts'

const signers = witnessSigners.slice(0, 4)
const committee: Committee = {
  epoch: 1,
  witnesses: signers.map((signer) => signer.key),
  n: 4,
  f: 1,
  q: 3,
  tolerance: 'byzantine',
}
const messagePosition = { account: wallet.key, epoch: 1, height: 1 }
const votePosition = { domain: DOMAIN, ...messagePosition }
const liar = at(signers, 3)

describe('a witness under a flood of junk', () => {
  it('keeps a bounded number of messages and inputs (B1)', () => {
    const instance = fresh()
    const sizes: number[] = []
    for (let i = 0; i < 600; i++) {
      for (const message of junk(i)) receive(instance, liar.key, message, 10)
      if (i % 100 === 99) sizes.push(held(instance))
    }
    assert.equal(sizes.at(-1), sizes[1], `grows: ${sizes.join(', ')}`)
    assert.ok((sizes.at(-1) ?? 0) < 100)
  })

  it('ignores a stranger, itself and another account', () => {
    const instance = fresh()
    const message: AgreementMessage = { type: 'commit', ...messagePosition, view: 0, digest: '0'.repeat(64) }
    assert.deepEqual(receive(instance, wallet.key, message, 0), [])
    assert.deepEqual(receive(instance, instance.self, message, 0), [])
    assert.deepEqual(receive(instance, liar.key, { ...message, account: liar.key }, 0), [])
    assert.equal(instance.voting.commits.size, 0)
  })
})

function fresh(): Instance {
  return createInstance({
    domain: DOMAIN,
    signer: at(signers, 0),
    application: new ToyLog(GENESIS, () => 1, { has: () => true }),
    position: positionAfter(GENESIS, committee),
    previousSignatures: new Map(),
    lastProposer: undefined,
    recovered: { crashed: false },
    abstains: false,
  })
}

/** Everything that the machine remembers, in pieces. */
function held(instance: Instance): number {
  const sum = (maps: Iterable<{ readonly size: number }>): number =>
    [...maps].reduce((total, map) => total + map.size, 0)
  const early = [...instance.early.values()].reduce((total, list) => total + list.length, 0)
  const votes =
    instance.voting.prepares.size +
    instance.voting.headerVotes.size +
    instance.view.changes.size +
    sum(instance.voting.commits.values())
  return (
    early +
    votes +
    instance.collecting.contributions.size +
    instance.proposing.known.size +
    sum(instance.collecting.bodies.values()) +
    sum([...instance.collecting.locks.values()].map(({ bodies }) => bodies))
  )
}

/** One of everything, different for every `i`. */
function junk(i: number): AgreementMessage[] {
  const input = makeInput(`junk ${i}`, i % 2 === 0 ? VOID : 'junk')
  const digest = toHex(sha256(utf8(String(i))))
  const draft = { clockMs: i, funds: null, ledgerEpoch: 1, inputs: [input.id], overdue: [] }
  const contribution = sealContribution({ ...messagePosition, previous: '', ...draft }, DOMAIN, liar).envelope.raw
  const change = signViewChange(votePosition, { from: liar.key, view: i, prepared: null }, liar)
  const headerBytes = encodeHeader(headerOf({ ...GENESIS, height: 1, timeMs: i }))
  const bodies = [input.raw, seal('junk', i, DOMAIN, liar).raw, new Uint8Array(9)]
  const messages: AgreementMessage[] = [
    { type: 'contribute', ...messagePosition, contribution, bodies },
    { type: 'propose', ...messagePosition, view: 3, entry: new Uint8Array(i), bodies, changes: [change] },
    {
      type: 'prepare',
      ...messagePosition,
      view: i,
      digest,
      signature: signPrepare(votePosition, { view: i, digest }, liar),
    },
    { type: 'commit', ...messagePosition, view: i, digest },
    { type: 'header', ...messagePosition, headerBytes, signature: liar.sign(headerBytes) },
    { type: 'view-change', ...messagePosition, change, contribution, bodies },
  ]
  return [...messages, ...messages.map((message) => ({ ...message, height: 2 + (i % 2) }))]
}
