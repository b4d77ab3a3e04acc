/**
 * Solana keypair files: a JSON array of 64 bytes, the 32-byte seed and the public key that belongs to it. Keys are made
 * by tweetnacl, the library that Solana's own wallets use, so a file of ours works in theirs and theirs in ours.
 */
import nacl from 'tweetnacl'
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import { encodeKey, type PublicKey, type Signer, signerFromSeed } from '#protocol/wire/keys.ts'

/** A key that this process may sign with. */
export interface KeyPair {
  /** Base58 of the public key: a Solana address. */
  readonly key: PublicKey
  readonly signer: Signer
  /** 32 bytes. Secret: for the libp2p identity and box keys only. */
  readonly seed: Uint8Array
}

/** A new key from the operating system's entropy. */
export function generateKeyPair(): KeyPair {
  return fromSeed(nacl.sign.keyPair().secretKey.slice(0, 32))
}

/** The content of a keypair file. */
export function formatKeyPair(pair: KeyPair): string {
  return `[${[...nacl.sign.keyPair.fromSeed(pair.seed).secretKey].join(',')}]\n`
}

/** The key in a keypair file's text; KEY_UNREADABLE says what is wrong with the file `name`, never what is in it. */
export function parseKeyPair(text: string, name: string): KeyPair {
  const unreadable = (why: string): WeftError =>
    new WeftError('KEY_UNREADABLE', `${name} is not a Solana keypair: ${why}`)
  const parsed = z.array(z.unknown()).safeParse(parseJson(text))
  if (!parsed.success) throw unreadable('it is not a JSON array')
  if (parsed.data.length !== 64) throw unreadable(`it has ${parsed.data.length} numbers instead of 64`)
  const numbers = z.array(z.number().int().min(0).max(255)).safeParse(parsed.data)
  if (!numbers.success) throw unreadable('not every element is a number from 0 to 255')
  const bytes = Uint8Array.from(numbers.data)
  const secret = nacl.sign.keyPair.fromSeed(bytes.slice(0, 32)).secretKey
  if (!equalBytes(secret, bytes)) throw unreadable('its public half does not belong to its secret half')
  return fromSeed(bytes.slice(0, 32))
}

function fromSeed(seed: Uint8Array): KeyPair {
  return { key: encodeKey(nacl.sign.keyPair.fromSeed(seed).publicKey), signer: signerFromSeed(seed), seed }
}

/** JSON errors quote the text, which is a secret here. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
