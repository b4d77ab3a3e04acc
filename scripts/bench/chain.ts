/** What settling on chain costs, and how fast the local chain is. Costs are exact: the VM counts, no clock is read. */
import { chainCosts } from '#test/programs/costs.ts'
import { rows as localChainRows } from './local-chain.ts'
import { type Row, round } from './row.ts'

/** Every row of "cost and speed" of the open network; about a minute and a half on two cores. */
export async function rows(): Promise<Row[]> {
  const costs = await chainCosts()
  return [
    ...costs.map(({ what, value, unit, goal, baseline }) => ({
      ...{ what, value: round(value), unit, spread: 'exact' },
      ...{ goal: goal ?? 0, met: goal === undefined || value <= goal },
      ...{ baseline: baseline ?? 0, ratio: baseline === undefined ? 0 : round(value / baseline) },
    })),
    ...(await localChainRows()),
  ]
}
