import assert from 'node:assert/strict'
import { Context } from '#node/core/context.ts'
import { asNumber, NEVER } from '#node/core/time.ts'
import { AbsenceCheck } from '#node/core/witness/absence-check.ts'
import { ENDING_MAX, EpochCloser } from '#node/core/witness/epoch-closer.ts'
import { limits } from '#protocol/limits.ts'
import { type RegistryView, rosterView } from '#protocol/membership/registry.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { keyOf } from '../account/world.ts'

const NETWORK = 'roster:test/epochs'
const account = keyOf('wallet').key
const peers = Array.from({ length: 4 }, (_, i) => keyOf(`peer ${i}`))

/** Peer 0, in a network whose ledger has epochs `first` to `newest`; all four peers witness every account in each. */
class World {
  newest: number
  readonly context: Context

  constructor(first: number, newest: number) {
    this.newest = newest
    const members = peers.map(({ key }, i) => ({ peer: key, owner: keyOf(`owner ${i}`).key }))
    const at = (epoch: number): RegistryView => rosterView(epoch, new Uint8Array(32).fill(epoch), members)
    const views = new Map<number, RegistryView>()
    for (let epoch = first; epoch < first + 100; epoch++) views.set(epoch, at(epoch))
    const known = (epoch: number): RegistryView | undefined => (epoch <= this.newest ? views.get(epoch) : undefined)
    const [signer] = peers
    assert.ok(signer)
    this.context = new Context({
      identity: { signer, owner: keyOf('owner 0').key, domain: networkDomain(NETWORK), networkId: NETWORK },
      ledger: { registry: () => known(this.newest), registryAt: known, funds: () => undefined },
      random: (length) => new Uint8Array(length),
    })
    this.at(0)
  }

  at(monotonicMs: number): void {
    this.context.now = { wallMs: 1e12 + monotonicMs, monotonicMs }
  }

  /** Peers that frames of `type` were sent to since the last time. */
  sent(type: string): string[] {
    const to = this.context.effects.flatMap((effect) =>
      effect.type === 'send' && effect.frame.type === type ? [effect.to] : [],
    )
    this.context.effects = []
    return to
  }
}

describe('the end of an epoch at a witness', () => {
  it('comes a while after the ledger left it, and is written durably', () => {
    const world = new World(1, 1)
    const epochs = new EpochCloser(world.context, 0)
    epochs.look()
    assert.equal(epochs.nextMs(), NEVER)
    world.newest = 2
    epochs.look()
    assert.deepEqual([epochs.newest, epochs.closed], [2, 0])
    assert.equal(asNumber(epochs.nextMs()), limits.epochGraceMs)
    world.at(limits.epochGraceMs - 1)
    epochs.look()
    assert.equal(epochs.closed, 0)
    world.at(limits.epochGraceMs)
    epochs.look()
    assert.equal(epochs.closed, 1)
    const writes = world.context.effects.filter((effect) => effect.type === 'write')
    assert.deepEqual(
      writes.map(({ durable, lane }) => ({ durable, lane })),
      [{ durable: true, lane: EpochCloser.LANE }],
    )
  })

  it('is later by as much as the witness was stalled', () => {
    const world = new World(1, 2)
    const epochs = new EpochCloser(world.context, 0)
    epochs.look()
    world.context.stalledMs = 500
    world.at(limits.epochGraceMs)
    epochs.look()
    assert.equal(epochs.closed, 0)
    world.at(limits.epochGraceMs + 500)
    epochs.look()
    assert.equal(epochs.closed, 1)
  })

  it('is waited for in a bounded number of epochs: the last one closes those that found no room', () => {
    const world = new World(1, 1)
    const epochs = new EpochCloser(world.context, 0)
    for (world.newest = 1; world.newest < ENDING_MAX + 5; world.newest++) epochs.look()
    epochs.look()
    world.at(limits.epochGraceMs)
    epochs.look()
    assert.equal(epochs.closed, ENDING_MAX + 4)
  })
})

describe('whether an account has a log already', () => {
  const others = peers.slice(1).map(({ key }) => key)

  function check(world: World, closed: number): AbsenceCheck {
    const epochs = new EpochCloser(world.context, closed)
    epochs.look()
    return new AbsenceCheck({ context: world.context, epochs, holds: () => false })
  }

  it('is no question in the first epoch that is known', () => {
    assert.equal(check(new World(7, 7), 0).noLogBefore(account, 7), true)
  })

  it('is answered by q of the committee before, each counted once', () => {
    const world = new World(7, 8)
    const absence = check(world, 0)
    assert.equal(absence.noLogBefore(account, 8), false)
    assert.deepEqual(world.sent('fetch-state').sort(), [...others].sort())
    const [first = '', second = '', third = ''] = others
    assert.equal(absence.onNone(first, account, 7), false)
    assert.equal(absence.onNone(first, account, 7), false)
    assert.equal(absence.onNone(keyOf('stranger').key, account, 7), false)
    assert.equal(absence.onNone(second, account, 7), false)
    assert.equal(absence.onNone(third, account, 7), true)
    assert.equal(absence.noLogBefore(account, 8), true)
  })

  it('is asked again for a minute, of those who are silent', () => {
    const world = new World(7, 8)
    const absence = check(world, 0)
    absence.noLogBefore(account, 8)
    world.sent('fetch-state')
    absence.onNone(others[0] ?? '', account, 7)
    let asked = 1
    for (let ms = 100; ms <= 120_000; ms += 100) {
      world.at(ms)
      absence.tick()
      const to = world.sent('fetch-state')
      if (to.length === 0) continue
      assert.deepEqual(to.sort(), others.slice(1).sort())
      asked++
    }
    assert.equal(asked, 60)
    assert.equal(absence.nextMs(), NEVER)
  })

  it('is not denied while the epoch is open here', () => {
    const world = new World(7, 8)
    const absence = check(world, 0)
    absence.answerNone(others[0] ?? '', account, 7)
    assert.deepEqual(world.sent('no-state'), [])
    check(world, 7).answerNone(others[0] ?? '', account, 7)
    assert.deepEqual(world.sent('no-state'), [others[0]])
  })

  it('is denied about the epoch that ended last only once the one before it was asked', () => {
    const world = new World(6, 8)
    const absence = check(world, 7)
    const [asker = '', second = ''] = others
    absence.answerNone(asker, account, 7)
    assert.deepEqual(world.sent('no-state'), [])
    // This witness closed epoch 6 as well, so it counts itself.
    assert.equal(absence.onNone(asker, account, 6), false)
    assert.equal(absence.onNone(second, account, 6), true)
    assert.deepEqual(world.sent('no-state'), [asker])
  })
})
