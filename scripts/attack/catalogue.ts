/** Which attacks there are: what is sent, who can send it, and what it is known to harm. */

/**
 * Who the hostile peer is. `stranger`: a key that nobody knows. `member`: on the roster, and a witness of none of the
 * accounts that the honest poster uses. `witness`: a member that was drawn for all of them.
 */
export type Role = 'stranger' | 'member' | 'witness'

/** All roles, from the weakest to the strongest. */
export const allRoles: readonly Role[] = ['stranger', 'member', 'witness']

/** One attack. */
export interface Attack {
  /** Its number with a letter where there are several: `4b`. What `--rows 4` names are all that begin with 4. */
  readonly name: string
  /** For the table: what is sent, in a few words. */
  readonly what: string
  readonly roles: readonly Role[]
  /** The role of the short mode; without one the attack is left out there. */
  readonly short?: Role
  /** True if no honest peer ever sends such bytes: a stranger that does is barred. */
  readonly offends: boolean
  /** `offers`: the hostile peer speaks for 32 members, and the roster names them. */
  readonly arena: 'usual' | 'offers'
}

const usual = { roles: allRoles, offends: false, arena: 'usual' } as const

/** In the order in which they are tried. The first one is no attack: what the machine does by itself. */
export const attacks = [
  { ...usual, name: '0', what: 'nothing: the control', roles: ['stranger'], short: 'stranger' },
  { ...usual, name: '1', what: '256 accepts of unknown jobs a second and account', short: 'stranger' },
  { ...usual, name: '2', what: '100 jobs of unfunded keys a second', short: 'stranger' },
  { ...usual, name: '3', what: 'contributions of 17 MiB', short: 'witness' },
  { ...usual, name: '4a', what: '75 × 256 forged statements a second', offends: true, short: 'stranger' },
  { ...usual, name: '4b', what: 'junk frames of 17 MiB', offends: true, short: 'stranger' },
  { ...usual, name: '4c', what: '2,000 questions a second', short: 'stranger' },
  { ...usual, name: '5a', what: 'result bodies of 1 MiB, unasked for', short: 'stranger' },
  { ...usual, name: '5b', what: 'wants of 64 times one CID of 4 MiB', short: 'stranger' },
  { ...usual, name: '6', what: 'forged output of open jobs', short: 'stranger' },
  { ...usual, name: '7', what: 'DHT junk at 2^64 - 1', short: 'stranger' },
  { ...usual, name: '8', what: '32 offers for ever, free, unfit', roles: ['stranger', 'member'], arena: 'offers' },
  { ...usual, name: '9a', what: 'early messages of 900 KiB', short: 'stranger' },
  { ...usual, name: '9b', what: 'a free peer that is always busy', roles: ['member'] },
] as const satisfies readonly Attack[]

/** Names an attack. */
export type AttackName = (typeof attacks)[number]['name']
