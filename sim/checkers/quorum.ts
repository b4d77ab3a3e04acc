/**
 * How many of an account's witnesses must sign, for each size of a committee, as a table: a checker must not share the
 * formula that it checks. Sizes that no committee has are taken for one witness alone.
 */
export function quorumOf(witnesses: number): number {
  return { 7: 5, 4: 3, 3: 2 }[witnesses] ?? 1
}
