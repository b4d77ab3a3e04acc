/** Addresses of `node_registry`'s accounts. */
import type { PublicKey } from '@solana/web3.js'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { derive } from './derive.ts'
import { NODE_REGISTRY_ID } from './programs.ts'

/** SHA-256 of the network's id, which names it on chain. */
export function networkIdHash(networkId: string): Uint8Array {
  return sha256(utf8(networkId))
}

/** What every signature of the network carries on chain: the domain of `networkId` under the registry's program id. */
export function chainDomain(networkId: string): Uint8Array {
  return networkDomain(networkId, NODE_REGISTRY_ID.toBytes())
}

export function networkAddress(networkId: string): PublicKey {
  return derive(NODE_REGISTRY_ID, ['network', networkIdHash(networkId)])
}

export function seatsAddress(network: PublicKey): PublicKey {
  return derive(NODE_REGISTRY_ID, ['seats', network.toBytes()])
}

export function nodeAddress(network: PublicKey, peer: PublicKey): PublicKey {
  return derive(NODE_REGISTRY_ID, ['node', network.toBytes(), peer.toBytes()])
}

/** `key` is what headers carry: the wallet, or a one-job account's key. */
export function committeeAddress(network: PublicKey, key: PublicKey, epoch: bigint): PublicKey {
  return derive(NODE_REGISTRY_ID, ['committee', network.toBytes(), key.toBytes(), u64Bytes(epoch)])
}

/** 8 bytes little-endian, as the seeds of the programs write numbers. */
export function u64Bytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}
