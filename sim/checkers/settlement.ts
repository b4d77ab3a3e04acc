/**
 * S4 and S5 on the chain: deposits = what was paid out + what is owed + what can be withdrawn, and nothing is settled
 * that no log certified.
 */
import { sumTotals } from '#protocol/credits/totals.ts'
import type { Checker, Simulation } from './checker.ts'

export const settlement: Checker = {
  property: 'S4',
  *second(simulation) {
    yield* check(simulation)
  },
  *end(simulation) {
    yield* check(simulation)
  },
}

function* check({ world, reference }: Simulation): Iterable<string> {
  for (const [key, { deposit, height, totals, paid }] of world.chain.accounts()) {
    const certified = reference.stateOf(key)
    const spent = sumTotals(totals)
    const rest = deposit - spent
    if (rest < 0n) yield 'more is settled than was deposited'
    if (sumTotals(paid) > spent) yield 'more is paid out than is settled'
    for (const [payee, amount] of paid) {
      if (amount > (totals.get(payee) ?? 0n)) yield 'a payee was paid more than its total'
    }
    if (certified === undefined || height > certified.height) yield 'a height is settled that no log has'
    for (const [payee, total] of totals) {
      if (total > (certified?.totals.get(payee) ?? 0n)) yield 'a total is settled that no log has'
    }
  }
}
