import { ledgerCompliance } from '#test/compliance/ledger.ts'
import { until } from './until.ts'
import { World } from './world.ts'

describe('the ledger on chain', () => {
  const world = new World()
  before(() => world.found())
  after(() => world.end())

  ledgerCompliance('solana', async () => {
    const ledger = await world.ledger()
    const funded = world.posters[0]?.key ?? ''
    // What an account covers is known once it was asked for, and the chain was read.
    await ledger.start({ changed() {}, send() {} })
    await until(() => ledger.funds(funded))
    await ledger.stop()
    return { ledger, funded, dispose: async () => undefined }
  })
})
