/** What `npm run attack` may be told. */
import { parseArgs } from 'node:util'
import { type Attack, allRoles, attacks, type Role } from './catalogue.ts'

/** One thing to be tried: an attack by a peer of one role. */
export interface Trial {
  readonly attack: (typeof attacks)[number]
  readonly role: Role
}

/** How the trials are made. */
export interface Options {
  /** The control first. */
  readonly trials: readonly Trial[]
  /** Of each phase, without and with the attack. */
  readonly seconds: number
  /** Pairs of phases. */
  readonly rounds: number
  /** Of honest posting before the first phase, so that code is compiled and caches are filled. */
  readonly warmUpSeconds: number
  readonly json: boolean
  /** All strangers meet one network, which saves its start; else each trial gets its own. */
  readonly shared: boolean
}

/** Printed for `--help`. */
export const help = `npm run attack [-- options]

Starts five real daemons on loopback and one hostile peer, which floods them in turn, while an honest poster posts jobs
at a steady pace: what that costs the poster and the daemons is printed beside the same without the attack. Ends with
exit code 1 if a bound is broken.

  --rows 1,4      only these attacks: a number names all of its letters (default: all)
  --roles a,b     only as stranger, member or witness (default: each that the attack has)
  --seconds 5     length of each phase
  --rounds 3      phases without and with the attack, alternating
  --short         one round of 2 seconds of each attack in one role: about 90 seconds in all
  --json          one JSON document instead of the table
  --help          this text

attacks:
${attacks.map(({ name, what, roles }) => `  ${name.padEnd(4)} ${what} (${roles.join(', ')})`).join('\n')}
`

/** Reads the command line; a string is what is wrong with it, or the help that it asks for. */
export function readOptions(
  args: readonly string[],
): Options | { readonly message: string; readonly isError: boolean } {
  const wrong = (message: string) => ({ message: `attack: ${message}\n`, isError: true })
  let values: ReturnType<typeof parse>['values']
  try {
    values = parse(args).values
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error))
  }
  if (values.help) return { message: help, isError: false }
  const short = values.short === true
  const rows = values.rows?.split(',')
  const roles = values.roles?.split(',')
  const unknown = rows?.find((row) => !attacks.some((attack) => isNamed(attack, row)))
  if (unknown !== undefined) return wrong(`there is no row ${unknown}; see --help`)
  const oddRole = roles?.find((role) => !allRoles.some((known) => known === role))
  if (oddRole !== undefined) return wrong(`nobody is a ${oddRole}; roles are ${allRoles.join(', ')}`)
  const seconds = Number(values.seconds ?? (short ? 2 : 5))
  const rounds = Number(values.rounds ?? (short ? 1 : 3))
  if (!(seconds >= 1 && seconds <= 600)) return wrong('--seconds is from 1 to 600')
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) return wrong('--rounds is from 1 to 100')
  const trials = attacks.flatMap((attack) => rolesFor(attack, { rows, roles, short }).map((role) => ({ attack, role })))
  const json = values.json === true
  return { trials, seconds, rounds, warmUpSeconds: short ? 4 : 10, json, shared: short }
}

function rolesFor(
  attack: Attack,
  given: { rows: readonly string[] | undefined; roles: readonly string[] | undefined; short: boolean },
): readonly Role[] {
  if (attack.name === '0') return attack.roles
  if (given.rows !== undefined && !given.rows.some((row) => isNamed(attack, row))) return []
  if (given.roles !== undefined) return attack.roles.filter((role) => given.roles?.includes(role))
  if (!given.short) return attack.roles
  return attack.short === undefined ? [] : [attack.short]
}

function isNamed({ name }: Attack, row: string): boolean {
  return name === row || name.replace(/[a-z]$/, '') === row
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string' },
      roles: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      short: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
}
