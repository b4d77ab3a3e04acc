import assert from 'node:assert/strict'
import { highestPrepared } from '#protocol/agreement/accept.ts'
import { receive, wake } from '#protocol/agreement/agreement.ts'
import { advanceInstance, createInstance } from '#protocol/agreement/begin-height.ts'
import { sealContribution } from '#protocol/agreement/contribution.ts'
import type { AgreementEffect, Recovered } from '#protocol/agreement/effects.ts'
import { type Entry, makeEntry } from '#protocol/agreement/entry.ts'
import type { Instance } from '#protocol/agreement/instance.ts'
import { signPrepare, signViewChange } from '#protocol/agreement/signed-votes.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import type { AgreementMessage, Prepared } from '#protocol/messages/agreement.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import { verifySignature } from '#protocol/wire/keys.ts'
import { at } from './random.ts'
import { DOMAIN, GENESIS, headerOf, next, positionAfter, ToyLog, wallet, witnessSigners } from './toy-log.ts'

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
const leader = at(signers, 0)

describe('a witness', () => {
  it('prepares one proposal of a view, whatever its leader sends', () => {
    const instance = fresh({ crashed: false })
    assert.deepEqual(sent(receive(instance, leader.key, proposal(entryAt(1)), 0), 'prepare').length, 1)
    assert.deepEqual(sent(receive(instance, leader.key, proposal(entryAt(2)), 0), 'prepare').length, 0)
    assert.deepEqual(sent(receive(instance, leader.key, proposal(entryAt(1)), 0), 'prepare').length, 0)
  })

  it('votes in no view after a crash that it may have voted in before', () => {
    assert.equal(sent(receive(fresh({ crashed: true }), leader.key, proposal(entryAt(1)), 0), 'prepare').length, 0)
    const promise = { kind: 'promise', height: 1, view: 4 } as const
    assert.equal(fresh({ crashed: true, promise }).view.least, 5)
    assert.equal(fresh({ crashed: false, promise }).view.least, 4)
    assert.equal(fresh({ crashed: true, promise: { ...promise, height: 0 } }).view.least, 1)
  })

  it('never lets its promise fall back when others ask for a lower view', () => {
    const promise = { kind: 'promise', height: 1, view: 4 } as const
    const instance = fresh({ crashed: true, promise })
    receive(instance, leader.key, viewChange(0, 2), 0)
    const effects = receive(instance, at(signers, 2).key, viewChange(2, 2), 0)
    const records = effects.flatMap((effect) => (effect.type === 'persist' ? [effect.record] : []))
    assert.deepEqual(records, [{ kind: 'promise', height: 1, view: 5 }])
  })

  it('writes down the view of a proposal that it follows before it votes there', () => {
    const instance = fresh({ crashed: false })
    const entry = entryAt(1, 2)
    const changes = [0, 2, 3].map((index) => viewChange(index, 2).change)
    const effects = receive(instance, at(signers, 2).key, { ...proposal(entry), view: 2, changes }, 0)
    const kinds = effects.map((effect) => (effect.type === 'send' ? effect.message.type : effect.type))
    assert.ok(kinds.indexOf('persist') >= 0 && kinds.indexOf('persist') < kinds.indexOf('prepare'), kinds.join())
  })

  it('waits longer at the next height if a leader that it gave up is at work, and no longer if it is down', () => {
    const patienceAfter = (said: readonly number[]): number => {
      const instance = fresh({ crashed: false })
      for (const index of said) receive(instance, at(signers, index).key, viewChange(index, 1), 0)
      for (const index of [2, 3]) receive(instance, at(signers, index).key, viewChange(index, 1), 0)
      assert.equal(instance.view.number, 1)
      advanceInstance(instance, positionAfter({ ...GENESIS, height: 1 }, committee), new Map(), undefined)
      return instance.patience
    }
    assert.equal(patienceAfter([]), 0)
    assert.equal(patienceAfter([0]), 1)
  })

  it('holds what a witness signed for it alone against the certificate, whichever comes first', () => {
    const liar = at(signers, 3)
    const [told, certified] = [headerAfter(entryAt(1)), headerAfter(entryAt(2))]
    const vote: AgreementMessage = { type: 'header', ...messagePosition, headerBytes: told, signature: liar.sign(told) }
    const honest: AgreementMessage = {
      type: 'header',
      ...messagePosition,
      headerBytes: certified,
      signature: liar.sign(certified),
    }
    const signatures = new Map(signers.slice(1).map((signer) => [signer.key, signer.sign(certified)]))
    const position = {
      ...positionAfter({ ...GENESIS, height: 1 }, committee),
      before: { headerBytes: certified, committee },
    }
    const convicted = (effects: readonly AgreementEffect[]): string[] =>
      effects.flatMap((effect) => {
        if (effect.type !== 'evidence') return []
        for (const { headerBytes, signature } of effect.headers)
          assert.ok(verifySignature(effect.witness, headerBytes, signature))
        assert.notDeepEqual(effect.headers[0].headerBytes, effect.headers[1].headerBytes)
        return [effect.witness]
      })
    const early = fresh({ crashed: false })
    assert.deepEqual(convicted(receive(early, liar.key, vote, 0)), [])
    advanceInstance(early, position, signatures, undefined)
    assert.deepEqual(convicted(wake(early, 0)), [liar.key])
    assert.deepEqual(convicted(wake(early, 0)), [])
    const late = fresh({ crashed: false })
    advanceInstance(late, position, signatures, undefined)
    assert.deepEqual(convicted(receive(late, liar.key, honest, 0)), [])
    assert.deepEqual(convicted(receive(late, at(signers, 2).key, vote, 0)), [], 'not its signature')
    assert.deepEqual(convicted(receive(late, liar.key, vote, 0)), [liar.key])
  })

  it('signs no second header of a height, not even after q commits for another entry', () => {
    const signed = { kind: 'signed', height: 1, headerBytes: headerAfter(entryAt(9)) } as const
    assert.equal(headersAfterCommits(fresh({ crashed: true })).length, 1)
    assert.equal(headersAfterCommits(fresh({ crashed: true, signed })).length, 0)
    const twice = fresh({ crashed: false })
    assert.equal(headersAfterCommits(twice, 1).length, 1)
    assert.equal(headersAfterCommits(twice, 2, 2).length, 0)
  })

  it('signs only after q commits of one view', () => {
    const instance = fresh({ crashed: false })
    const entry = entryAt(1)
    receive(instance, leader.key, proposal(entry), 0)
    const effects = [0, 2, 3].flatMap((index) =>
      receive(instance, at(signers, index).key, commit(entry, index === 3 ? 1 : 0), 0),
    )
    assert.equal(sent(effects, 'header').length, 0)
    assert.equal(sent(receive(instance, at(signers, 3).key, commit(entry, 0), 0), 'header').length, 1)
  })

  it('refuses a proposal other than the one that may have been decided', () => {
    const locked = prepared(entryAt(1), 0)
    const changes = [viewChange(0, 2, locked).change, viewChange(2, 2).change, viewChange(3, 2).change]
    const instance = fresh({ crashed: false })
    const other = { ...proposal(entryAt(2, 2)), view: 2, changes }
    assert.equal(sent(receive(instance, at(signers, 2).key, other, 0), 'prepare').length, 0)
    const same = { ...proposal(entryAt(1)), view: 2, changes }
    assert.equal(sent(receive(instance, at(signers, 2).key, same, 0), 'prepare').length, 1)
  })

  it('refuses view changes whose preparation has too few votes, other bytes or a later view', () => {
    const locked = prepared(entryAt(1), 0)
    const bad: Prepared[] = [
      { ...locked, prepares: locked.prepares.slice(1) },
      { ...locked, prepares: [at(locked.prepares, 0), at(locked.prepares, 0), at(locked.prepares, 1)] },
      { ...locked, entry: entryAt(2).raw },
      prepared(entryAt(1), 2),
    ]
    for (const proof of bad) {
      const instance = fresh({ crashed: false })
      receive(instance, leader.key, viewChange(0, 2, proof), 0)
      assert.equal(instance.view.changes.size, 0)
    }
  })

  it('tells the next leader what it is locked on, with the entry, after a crash too', () => {
    const lock = { kind: 'lock', height: 1, prepared: prepared(entryAt(1), 3), bodies: [] } as const
    const effects = wake(fresh({ crashed: true, lock }), 0)
    const [message] = sent(effects, 'view-change')
    assert.ok(message?.type === 'view-change')
    assert.equal(message.change.view, 4)
    assert.deepEqual(message.change.prepared, lock.prepared)
  })
})

describe('the highest preparation', () => {
  it('is what counts, wherever it stands', () => {
    const low = viewChange(0, 5, prepared(entryAt(1), 1)).change
    const high = viewChange(2, 5, prepared(entryAt(2), 3)).change
    const none = viewChange(3, 5).change
    assert.equal(highestPrepared([low, none, high])?.view, 3)
    assert.equal(highestPrepared([high, low, none])?.view, 3)
    assert.equal(highestPrepared([none]), undefined)
  })
})

function fresh(recovered: Recovered): Instance {
  return createInstance({
    domain: DOMAIN,
    signer: at(signers, 1),
    application: new ToyLog(GENESIS, () => 1, { has: () => true }),
    position: positionAfter(GENESIS, committee),
    previousSignatures: new Map(),
    lastProposer: undefined,
    recovered,
    abstains: false,
  })
}

/** An entry without inputs, told apart by its time. */
function entryAt(clockMs: number, proposer = 0): Entry {
  const draft = { previous: '', clockMs, funds: null, ledgerEpoch: 1, inputs: [], overdue: [] }
  const contributions = [0, 2, 3].map((index) =>
    sealContribution({ ...messagePosition, ...draft }, DOMAIN, at(signers, index)),
  )
  const parts = { previous: '', proposer: at(signers, proposer).key, previousSignatures: new Map() }
  return makeEntry({ ...messagePosition, ...parts, contributions })
}

function headerAfter(entry: Entry): Uint8Array {
  return encodeHeader(headerOf(next(GENESIS, entry, undefined)))
}

function proposal(entry: Entry): Extract<AgreementMessage, { type: 'propose' }> {
  return { type: 'propose', ...messagePosition, view: 0, entry: entry.raw, bodies: [], changes: [] }
}

function commit(entry: Entry, view: number): AgreementMessage {
  return { type: 'commit', ...messagePosition, view, digest: entry.digest }
}

function prepared(entry: Entry, view: number): Prepared {
  const prepares = [0, 2, 3].map((index): [string, Uint8Array] => {
    const signer = at(signers, index)
    return [signer.key, signPrepare(votePosition, { view, digest: entry.digest }, signer)]
  })
  return { view, digest: entry.digest, prepares, entry: entry.raw }
}

function viewChange(
  index: number,
  view: number,
  proof: Prepared | null = null,
): Extract<AgreementMessage, { type: 'view-change' }> {
  const signer = at(signers, index)
  const change = signViewChange(votePosition, { from: signer.key, view, prepared: proof }, signer)
  return { type: 'view-change', ...messagePosition, change, contribution: null, bodies: [] }
}

/** Proposes in `view`, lets the three others commit, and returns the headers that the witness signs. */
function headersAfterCommits(instance: Instance, clockMs = 1, view = 0): AgreementMessage[] {
  const entry = entryAt(clockMs, view)
  const changes = view === 0 ? [] : [0, 2, 3].map((index) => viewChange(index, view).change)
  receive(instance, at(signers, view).key, { ...proposal(entry), view, changes }, 0)
  return [0, 2, 3].flatMap((index) => sent(receive(instance, at(signers, index).key, commit(entry, view), 0), 'header'))
}

function sent(effects: readonly AgreementEffect[], type: AgreementMessage['type']): AgreementMessage[] {
  return effects.flatMap((effect) => (effect.type === 'send' && effect.message.type === type ? [effect.message] : []))
}
