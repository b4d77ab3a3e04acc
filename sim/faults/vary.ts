/**
 * Seeds differ in more than their faults: size, load, lengths, deadlines and money are drawn too, small enough that
 * hundreds run in a minute.
 */
import { type Scenario, scenarioSchema } from '../scenario.ts'
import { chanceFrom } from '../world/random.ts'

const JOB_MICRO = 10_000_000

/** The scenario of a seed. */
export function variedScenario(seed: number): Scenario {
  const chance = chanceFrom(seed, 'vary')
  const quiet = chance.ppm(100_000)
  /** Leases must be renewed many times. */
  const long = quiet && chance.ppm(500_000)
  const poor = chance.ppm(150_000)
  const overload = !quiet && chance.ppm(80_000)
  const even = (value: number): [number, number] => [value, value]
  return scenarioSchema.parse({
    name: long
      ? 'equal peers, long runs'
      : quiet
        ? 'equal peers, no faults'
        : overload
          ? 'ten times too much'
          : 'swarm',
    seed,
    peers: chance.int(4, 8),
    wallets: chance.int(1, 3),
    for: quiet ? 12_000 : overload ? 3_000 : chance.int(3_000, 6_000),
    depositMicro: poor ? 3 * JOB_MICRO : 100_000 * JOB_MICRO,
    ...(poor && chance.ppm(500_000) ? { authorisedMicro: 100_000 * JOB_MICRO } : {}),
    faults: quiet ? 'none' : 'random',
    clocks: { skewMs: chance.int(0, 2_000), driftPpm: chance.int(0, 500) },
    ...(quiet ? { hardware: { slots: even(2), speedMilli: even(1_000), pricePerSecond: even(1_000) } } : {}),
    workload: {
      kind: quiet ? 'poisson' : chance.pick(['poisson', 'poisson', 'bursts', 'heavy-tail']),
      jobsPerSecond: overload ? 6 : long ? 0.3 : quiet ? 3 : chance.int(3, 10) / 10,
      runMs: long ? 4_000 : quiet ? 100 : chance.int(50, 800),
      replicas: quiet ? 3 : chance.pick([1, 2, 3, 3, 3, 5]),
      deadlineMs: !quiet && chance.ppm(200_000) ? 8_000 : 120_000,
    },
  })
}
