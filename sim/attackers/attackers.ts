/** Who attacks, and how: each kind is given to its share of the peers, drawn from the seed. */
import { type AttackerName, attackerNames, type Scenario } from '../scenario.ts'
import type { Temper } from '../world/executor.ts'
import { DOMAIN } from '../world/ledger.ts'
import { chanceFrom } from '../world/random.ts'
import type { Behaviour } from '../world/watched-core.ts'
import { asker, litterer } from './askers.ts'
import type { AttackerParts } from './attacker-parts.ts'
import { fat, hasty } from './bulk.ts'
import { hoarder } from './hoarder.ts'
import { counterfeiter, impostor } from './impostors.ts'
import { eclipser, flooder, forger, liar, replayer, silent, stranger } from './messages.ts'
import { pauper } from './pauper.ts'
import { copier, eternal, refuser } from './replicas.ts'
import { squatter } from './squatter.ts'
import { censor, equivocator } from './witnesses.ts'

/** One attacking peer: a behaviour around its core, or a temper of its runs. */
export interface Attacker {
  readonly name: AttackerName
  readonly behaviour: Behaviour | undefined
  readonly temper: Temper
}

/** Attackers by the number of their peer. A share that is not zero gives at least one. */
export function drawAttackers(scenario: Scenario): Map<number, AttackerName> {
  const chance = chanceFrom(scenario.seed, 'attackers')
  const free = Array.from({ length: scenario.peers }, (_, i) => i)
  const drawn = new Map<number, AttackerName>()
  for (const name of attackerNames) {
    const share = scenario.attackers[name] ?? 0
    const count = share === 0 ? 0 : Math.max(1, Math.round(share * scenario.peers))
    for (let i = 0; i < count && free.length > 1; i++) {
      const [index] = free.splice(chance.int(0, free.length - 1), 1)
      if (index !== undefined) drawn.set(index, name)
    }
  }
  return drawn
}

/** An attacker of kind `name`. */
export function attackerOf(name: AttackerName, parts: AttackerParts): Attacker {
  return { name, behaviour: behaviourOf(name, parts), temper: temperOf(name) }
}

function behaviourOf(name: AttackerName, parts: AttackerParts): Behaviour | undefined {
  const { signer, others, chance } = parts
  switch (name) {
    // Once it is in, it does what harms most; see `World` for how it gets there.
    case 'grinder':
    case 'equivocator':
      return equivocator(signer, DOMAIN)
    case 'censor':
      return censor(signer, DOMAIN)
    case 'hoarder':
      return hoarder(signer, DOMAIN, chance)
    case 'forger':
      return forger(others, DOMAIN, chance)
    case 'replayer':
      return replayer(others, chance)
    case 'flooder':
      return flooder(others, chance)
    case 'liar':
      return liar()
    case 'silent':
      return silent()
    case 'eclipser':
      return eclipser()
    case 'stranger':
      return stranger(signer, others, chance)
    case 'copier':
      return copier(signer, DOMAIN)
    case 'squatter':
      return squatter(parts)
    case 'pauper':
      return pauper(parts)
    case 'fat':
      return fat(parts)
    case 'hasty':
      return hasty(parts)
    case 'counterfeiter':
      return counterfeiter(parts)
    case 'asker':
      return asker(parts)
    case 'litterer':
      return litterer(parts)
    case 'impostor':
      return impostor(parts)
    case 'eternal':
      return eternal(signer, DOMAIN)
    case 'refuser':
      return refuser(signer, DOMAIN)
    case 'colluder':
    case 'wrong':
    case 'lazy':
    case 'turncoat':
      return undefined
    default:
      name satisfies never
      return undefined
  }
}

/** How its runs end. A turncoat is honest first: see {@link TURNCOAT_TURNS_AT}. */
function temperOf(name: AttackerName): Temper {
  if (name === 'colluder') return 'collude'
  return name === 'wrong' || name === 'lazy' ? name : 'honest'
}

/** Part of the time of faults after which a turncoat begins to give wrong results. */
export const TURNCOAT_TURNS_AT = 0.5
