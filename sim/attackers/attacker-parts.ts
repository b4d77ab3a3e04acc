/** What every attacker has to hand. */
import type { PeerKey, Signer } from '#protocol/wire/keys.ts'
import type { Chance } from '../world/random.ts'

/** What an attacker has to hand. */
export interface AttackerParts {
  readonly signer: Signer
  readonly others: () => readonly PeerKey[]
  readonly chance: Chance
}
