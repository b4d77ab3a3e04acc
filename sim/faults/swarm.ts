/**
 * Swarm testing (Groce et al., ISSTA 2012): each seed switches a random subset of the fault kinds on, so that every
 * combination comes up and no kind hides another. What is drawn stays within what the protocol promises to survive: at
 * most f members of the smallest committee lie or lose what their disk promised; everything else may happen to anybody.
 */

import { sizeFor } from '#protocol/membership/committee.ts'
import { type AttackerName, type Fault, junkNames, liarNames, type Scenario } from '../scenario.ts'
import { type Chance, chanceFrom } from '../world/random.ts'

type Maker = (place: { at: number; until: number; peer: number; chance: Chance; scenario: Scenario }) => Fault

const makers: readonly Maker[] = [
  ({ at, until, peer }) => ({ kind: 'crash', at, until, peer }),
  ({ at, until, peer }) => ({ kind: 'crash', at, until: Math.min(until, at + 200), peer }),
  ({ at, until, chance }) => ({
    kind: 'crash-on',
    at,
    until,
    message: chance.pick(['contribute', 'propose', 'propose', 'prepare', 'commit', 'header', 'view-change']),
    times: chance.int(1, 10),
    backMs: chance.int(5, 300),
  }),
  ({ at, until, peer }) => ({ kind: 'pause', at, until, peer }),
  ({ at, until, chance }) => ({ kind: 'loss', at, until, ppm: chance.int(10_000, 300_000) }),
  ({ at, until, chance }) => ({ kind: 'duplicate', at, until, ppm: chance.int(10_000, 200_000) }),
  ({ at, until, chance }) => ({ kind: 'reorder', at, until, ppm: chance.int(10_000, 300_000) }),
  ({ at, until, chance }) => ({ kind: 'delay', at, until, times: chance.int(2, 10) }),
  ({ at, until, peer, chance }) => ({ kind: 'slow-link', at, until, peer, times: chance.int(2, 5) }),
  ({ at, until, chance, scenario }) => ({ kind: 'partition', at, until, peers: side(chance, scenario), oneway: false }),
  ({ at, until, chance, scenario }) => ({ kind: 'partition', at, until, peers: side(chance, scenario), oneway: true }),
  ({ at, until, peer, chance, scenario }) => ({
    kind: 'partition',
    at,
    until,
    peers: side(chance, scenario),
    oneway: false,
    bridge: peer,
  }),
  ({ at, until, peer, chance }) => ({ kind: 'clock-jump', at, until, peer, byMs: chance.int(-300_000, 300_000) }),
  ({ at, until, peer }) => ({ kind: 'clock-freeze', at, until, peer }),
  ({ at, until, peer, chance }) => ({ kind: 'slow-disk', at, until, peer, times: chance.int(2, 100) }),
  ({ at, until, peer }) => ({ kind: 'disk-fails', at, until, peer }),
  ({ at, until, chance }) => ({ kind: 'churn', at, until, share: chance.int(1, 10) / 10 }),
  ({ at, until }) => ({ kind: 'exodus', at, until, share: 0.4 }),
  ({ at, until }) => ({ kind: 'poster-gone', at, until }),
  ({ at, until }) => ({ kind: 'chain-stall', at, until }),
  ({ at, until, chance }) => ({ kind: 'chain-loss', at, until, ppm: chance.int(100_000, 900_000) }),
  ({ at, until, chance }) => ({ kind: 'chain-duplicate', at, until, ppm: chance.int(100_000, 900_000) }),
  ({ at, until }) => ({ kind: 'chain-rollback', at, until }),
  ({ at, until }) => ({ kind: 'epoch', at, until }),
  ({ at, until, peer, chance }) => ({
    kind: 'temper',
    at,
    until,
    peer,
    temper: chance.pick(['wrong', 'crash', 'hang', 'slow', 'lazy', 'limit']),
  }),
  // One peer alone, for less than a lease: it is not heard at the moment when it has something to say.
  ({ at, until, peer }) => ({
    kind: 'partition',
    at,
    until: Math.min(until, at + 3_000),
    peers: [peer],
    oneway: false,
  }),
]

const SWITCHED_ON_PPM = 200_000
const EACH_MAX = 3
/** Seeds in which one peer leaves for good. */
const GONE_PPM = 100_000
const ATTACKED_PPM = 600_000
/** Attackers that hold keys which count come up twice as often as the others. */
const drawnAttackers: readonly AttackerName[] = [...liarNames, 'equivocator', 'hoarder', 'forger', 'copier']
/** Seeds with room for attackers in which some may send junk. */
const JUNK_PPM = 700_000
/** Those of them in which nothing else is wrong. */
const CALM_PPM = 400_000

/** The faults of a seed, in the order of their beginnings. */
export function swarmFaults(scenario: Scenario): Fault[] {
  const chance = chanceFrom(scenario.seed, 'swarm')
  const faults: Fault[] = []
  for (const make of makers) {
    if (!chance.ppm(SWITCHED_ON_PPM)) continue
    for (let count = chance.int(1, EACH_MAX); count > 0; count--) {
      const at = chance.int(0, Math.floor(scenario.for * 0.8))
      const until = Math.min(scenario.for, at + chance.int(200, Math.max(400, Math.floor(scenario.for / 3))))
      faults.push(make({ at, until, peer: chance.int(0, scenario.peers - 1), chance, scenario }))
    }
  }
  return [...faults, ...leaver(scenario)].sort((a, b) => a.at - b.at)
}

/** A peer that crashes and never comes back: it takes the place of one that lies. */
function leaver(scenario: Scenario): Fault[] {
  const chance = chanceFrom(scenario.seed, 'leaver')
  const { f } = sizeFor(scenario.peers)
  if (f === 0 || Object.keys(scenario.attackers).length > 0 || !chance.ppm(GONE_PPM)) return []
  const at = chance.int(Math.floor(scenario.for * 0.2), Math.floor(scenario.for * 0.8))
  return [{ kind: 'crash', at, until: scenario.for + scenario.settle + 1, peer: chance.int(0, scenario.peers - 1) }]
}

/**
 * The attackers and the faults of a seed: liars, and in what room they leave of f, attackers that send junk. In some
 * seeds of the latter nothing else is wrong, so that what they do to others can be told from what faults do.
 */
export function swarm(scenario: Scenario): Pick<Scenario, 'attackers' | 'faults'> {
  const liars = swarmLiars(scenario)
  const chance = chanceFrom(scenario.seed, 'swarm junk')
  const junk = swarmJunk(scenario, { liars, chance })
  const attackers = { ...liars, ...junk }
  const isCalm = Object.keys(junk).length > 0 && chance.ppm(CALM_PPM)
  return { attackers, faults: isCalm ? [] : swarmFaults({ ...scenario, attackers }) }
}

/**
 * Each kind with a chance of a fifth, as many of them as there is room for: drawn apart, so that no other draw moves.
 */
function swarmJunk(
  { peers }: Scenario,
  { liars, chance }: { liars: Scenario['attackers']; chance: Chance },
): Scenario['attackers'] {
  const taken = Object.values(liars).reduce((sum, share) => sum + Math.round(share * peers), 0)
  const room = sizeFor(peers).f - taken
  if (room <= 0 || !chance.ppm(JUNK_PPM)) return {}
  const on = junkNames.filter(() => chance.ppm(SWITCHED_ON_PPM))
  return Object.fromEntries(chance.sample(on, room).map((name) => [name, 1 / peers]))
}

/** None in two of five seeds, at most f otherwise. */
function swarmLiars(scenario: Scenario): Scenario['attackers'] {
  const chance = chanceFrom(scenario.seed, 'swarm attackers')
  const attackers: Partial<Record<AttackerName, number>> = {}
  const { f } = sizeFor(scenario.peers)
  if (f === 0 || !chance.ppm(ATTACKED_PPM)) return attackers
  for (let count = chance.int(1, f); count > 0; count--) {
    const name = chance.pick(drawnAttackers)
    attackers[name] = (attackers[name] ?? 0) + 1 / scenario.peers
  }
  return attackers
}

function side(chance: Chance, { peers }: Scenario): number[] {
  const all = Array.from({ length: peers }, (_, i) => i)
  return chance.sample(all, chance.int(1, Math.max(1, Math.floor(peers / 2)))).sort((a, b) => a - b)
}
