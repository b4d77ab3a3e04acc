/** Which weapon each attack is made with. */
import type { AttackName } from '../catalogue.ts'
import type { Briefing } from '../orders.ts'
import { busyReplica, fatWitness } from './byzantine.ts'
import { Client, clientParts } from './client.ts'
import { earlyMessages } from './early.ts'
import { bodies, fatContributions, junk, output, questions, wants } from './frames.ts'
import { offers } from './offers.ts'
import { records } from './records.ts'
import { accepts, forgeries, unfundedJobs } from './statements.ts'
import type { Weapon } from './weapon.ts'

type Arm = (briefing: Briefing) => Promise<Weapon>

const arms: Readonly<Record<AttackName, Arm>> = {
  '0': async (briefing) => ({ volleys: [], ...clientParts(await Client.connect(briefing)) }),
  '1': accepts,
  '2': unfundedJobs,
  '3': (briefing) => (briefing.role === 'witness' ? fatWitness(briefing) : fatContributions(briefing)),
  '4a': forgeries,
  '4b': junk,
  '4c': questions,
  '5a': bodies,
  '5b': wants,
  '6': output,
  '7': records,
  '8': offers,
  '9a': earlyMessages,
  '9b': busyReplica,
}

/** Prepares the attack that the briefing names; resolves once everything is signed and every target is connected. */
export function armsFor(briefing: Briefing): Promise<Weapon> {
  return arms[briefing.attack](briefing)
}
