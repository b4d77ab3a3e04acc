/** Program-derived addresses, remembered: finding one costs a third of a millisecond or more. */
import { PublicKey } from '@solana/web3.js'
import { concat, toHex, utf8 } from '#protocol/wire/hash.ts'

const REMEMBERED_MAX = 4_096
const remembered = new Map<string, PublicKey>()

/** The address of `programId` with `seeds`; text is UTF-8. The oldest of 4,096 remembered addresses makes room. */
export function derive(programId: PublicKey, seeds: readonly (string | Uint8Array)[]): PublicKey {
  const bytes = seeds.map((seed) => (typeof seed === 'string' ? utf8(seed) : seed))
  const name = toHex(concat(programId.toBytes(), ...bytes.flatMap((seed) => [Uint8Array.of(seed.length), seed])))
  const known = remembered.get(name)
  if (known !== undefined) return known
  const [address] = PublicKey.findProgramAddressSync(bytes, programId)
  for (const oldest of remembered.keys()) {
    if (remembered.size < REMEMBERED_MAX) break
    remembered.delete(oldest)
  }
  remembered.set(name, address)
  return address
}
