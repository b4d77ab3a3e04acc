/** Between bigint and the number class of Anchor's client. */
import * as anchor from '@coral-xyz/anchor'

// Anchor is CommonJS: Node's import sees BN only on the default export, a bundler's only by name.
const { BN } = anchor.BN === undefined ? anchor.default : anchor

export function toBN(value: bigint): anchor.BN {
  return new BN(value.toString())
}

export function fromBN(value: anchor.BN): bigint {
  return BigInt(value.toString())
}
