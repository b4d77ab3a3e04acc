import assert from 'node:assert/strict'
import { Context } from '#node/core/context.ts'
import { OfferBook } from '#node/core/offers/offer-book.ts'
import { limits } from '#protocol/limits.ts'
import { rosterView } from '#protocol/membership/registry.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { keyOf } from '../account/world.ts'

const NETWORK = 'roster:offers'
const second = 1_000

describe('the offer of a peer', () => {
  const view = rosterView(1, new Uint8Array(32), [{ peer: keyOf('self').key, owner: keyOf('owner').key }])
  const book = (name: string): { context: Context; offers: OfferBook } => {
    const identity = {
      signer: keyOf(name),
      owner: keyOf('owner').key,
      domain: networkDomain(NETWORK),
      networkId: NETWORK,
    }
    const ledger = { registry: () => view, registryAt: () => view, funds: () => undefined }
    const context = new Context({ identity, ledger, random: (length) => new Uint8Array(length) })
    return { context, offers: new OfferBook(context) }
  }

  it('lives on while the load changes all the time', () => {
    const [self, other] = [book('self'), book('other')]
    const capacity = { slots: 4, memoryBytes: 1, gpuMemoryBytes: 0, models: [], region: '', pricePerSecond: 1n }
    const at = (nowMs: number): void => {
      for (const { context } of [self, other]) context.now = { wallMs: 1e12 + nowMs, monotonicMs: nowMs }
    }
    at(0)
    self.offers.setCapacity({ ...capacity, engines: ['noop'], speedMilli: 1_000 })
    for (let nowMs = second; nowMs < limits.offerTtlMs * 3; nowMs += second) {
      at(nowMs)
      if (nowMs % (5 * second) === 0) self.offers.setBusy((nowMs / (5 * second)) % 4, 0)
      self.offers.tick()
      for (const effect of self.context.effects.splice(0))
        if (effect.type === 'gossip' && effect.frame.type === 'offers') other.offers.receive(effect.frame.offers)
      assert.deepEqual([self.offers.offers().length, other.offers.offers().length], [1, 1], `after ${nowMs} ms`)
    }
  })
})
