import { ledgerCompliance } from '#test/compliance/ledger.ts'
import { World } from './world.ts'

ledgerCompliance('roster', async () => {
  const world = new World()
  const { ledger, wallet } = await world.found()
  await ledger.stop()
  return { ledger, funded: wallet.key, dispose: () => world.dispose() }
})
