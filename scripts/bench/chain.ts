/** Prints what settling on chain costs: `node --import tsx scripts/bench/chain.ts [--json]`. */
import { chainCosts } from '#test/programs/costs.ts'

const rows = await chainCosts()
if (process.argv.includes('--json')) console.log(JSON.stringify(rows, null, 2))
else console.table(rows)
