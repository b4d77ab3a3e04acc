/**
 * A transaction's bytes, in Solana's legacy format, as web3.js writes them (a test compares), several times faster: the fuzzer sends a
 * million. The VM of these tests does not verify transactions' signatures; here nobody signs without a key pair.
 */
import { type Keypair, PublicKey, type TransactionInstruction } from '@solana/web3.js'
import { concat } from '#protocol/wire/hash.ts'

/** Text that stands for a key in maps: its bytes. */
export function nameOf(key: PublicKey): string {
  const known = names.get(key)
  if (known !== undefined) return known
  const name = key.toBuffer().toString('latin1')
  names.set(key, name)
  return name
}

const names = new WeakMap<PublicKey, string>()

const SIGNATURE_BYTES = 64

interface Meta {
  readonly name: string
  readonly key: PublicKey
  isSigner: boolean
  isWritable: boolean
}

/** Paid by the first of `signers`, who must hold the keys of all that sign (throws otherwise). Signatures and blockhash are zeros. */
export function transactionBytes(
  instructions: readonly TransactionInstruction[],
  signers: readonly Keypair[],
): Uint8Array {
  const accounts = accountsOf(instructions, signers[0]?.publicKey ?? PublicKey.default)
  const required = accounts.filter(({ isSigner }) => isSigner)
  for (const { name, key } of required)
    if (!signers.some((signer) => nameOf(signer.publicKey) === name))
      throw new Error(`nobody signs for ${key.toBase58()}`)
  const signatures = new Uint8Array(SIGNATURE_BYTES * required.length)
  return concat(Uint8Array.of(required.length), signatures, messageOf(instructions, accounts))
}

/** The payer first; then those that sign and are written, that sign, that are written, and the rest. */
function accountsOf(instructions: readonly TransactionInstruction[], payer: PublicKey): Meta[] {
  const metas = new Map<string, Meta>()
  const add = (key: PublicKey, isSigner: boolean, isWritable: boolean): void => {
    const name = nameOf(key)
    const known = metas.get(name)
    if (known === undefined) metas.set(name, { name, key, isSigner, isWritable })
    else {
      known.isSigner ||= isSigner
      known.isWritable ||= isWritable
    }
  }
  add(payer, true, true)
  for (const { keys } of instructions)
    for (const { pubkey, isSigner, isWritable } of keys) add(pubkey, isSigner, isWritable)
  for (const { programId } of instructions) add(programId, false, false)
  const rank = ({ isSigner, isWritable }: Meta): number => (isSigner ? 0 : 2) + (isWritable ? 0 : 1)
  return [...metas.values()].sort((a, b) => rank(a) - rank(b))
}

function messageOf(instructions: readonly TransactionInstruction[], accounts: readonly Meta[]): Uint8Array {
  const indexes = new Map(accounts.map(({ name }, index) => [name, index]))
  const indexOf = (key: PublicKey): number => indexes.get(nameOf(key)) ?? 0
  const count = (is: (meta: Meta) => boolean): number => accounts.filter(is).length
  const header = [
    count(({ isSigner }) => isSigner),
    count(({ isSigner, isWritable }) => isSigner && !isWritable),
    count(({ isSigner, isWritable }) => !isSigner && !isWritable),
  ]
  const parts: Uint8Array[] = [Uint8Array.from([...header, ...lengthOf(accounts.length)])]
  for (const { name } of accounts) parts.push(Buffer.from(name, 'latin1'))
  parts.push(new Uint8Array(32), Uint8Array.from(lengthOf(instructions.length)))
  for (const { programId, keys, data } of instructions) {
    const named = keys.map(({ pubkey }) => indexOf(pubkey))
    parts.push(
      Uint8Array.from([indexOf(programId), ...lengthOf(keys.length), ...named, ...lengthOf(data.length)]),
      data,
    )
  }
  return concat(...parts)
}

/** Solana's compact length: seven bits a byte, the lowest first. */
function lengthOf(length: number): number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...lengthOf(length >> 7)]
}
