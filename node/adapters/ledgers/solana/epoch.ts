/** Begins the network's next epoch by hand: on a local chain by passing time, elsewhere by waiting for it. */
import { z } from 'zod'
import { type NetworkRecord, readNetwork, readSeats } from '#programs/client/read.ts'
import * as registry from '#programs/client/registry.ts'
import { sendInstructions } from '#programs/client/send.ts'
import { WeftError } from '#protocol/errors.ts'
import { type ChainNetwork, isLoopback, keypairOf } from './cluster.ts'
import { chainError } from './errors.ts'
import type { Key } from './found.ts'

/** Slots that a local chain passes in one call. */
const WARP_SLOTS_MAX = 100_000
const POLL_MS = 200
/** A peer that has not renewed its seat by then is gone. */
const RENEWAL_MS = 5_000

/**
 * Turns the crank once the epoch is over, unless a peer does; resolves to the epoch that began. On a local chain of
 * ours the time until then is passed at once, as soon as the held seats are renewed, because their peers would fall
 * out. Rejects with the signal's reason if that takes too long.
 */
export async function beginNextEpoch(
  chain: ChainNetwork,
  { cranker, signal }: { readonly cranker: Key; readonly signal: AbortSignal },
): Promise<number> {
  try {
    const before = await networkRecord(chain)
    if (await isLocalChain(chain.rpcUrl)) await passEpoch(chain, before, signal)
    for (;;) {
      signal.throwIfAborted()
      const { slot, value } = await readNetwork(chain.programs, chain.address)
      if (value === undefined) throw new WeftError('NETWORK_UNKNOWN', `${chain.networkId} is gone`)
      if (value.epoch > before.epoch) return Number(value.epoch)
      if (BigInt(slot) > value.epochStart + value.epochSlots) break
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    const payer = keypairOf(cranker)
    const turn = await registry.advanceEpoch(chain.programs, chain.address, payer.publicKey)
    await sendInstructions(chain.connection, [turn], { payer, signal }).catch(async (error: unknown) => {
      // A peer's turn may have been first.
      if ((await networkRecord(chain)).epoch === before.epoch) throw error
    })
    return Number(before.epoch) + 1
  } catch (error) {
    signal.throwIfAborted()
    throw chainError(error, chain.rpcUrl)
  }
}

/** The network's account. NETWORK_UNKNOWN if nobody founded it. */
export async function networkRecord(chain: ChainNetwork): Promise<NetworkRecord> {
  const { value } = await readNetwork(chain.programs, chain.address).catch((error: unknown) => {
    throw chainError(error, chain.rpcUrl)
  })
  if (value !== undefined) return value
  throw new WeftError('NETWORK_UNKNOWN', `nobody has founded the network ${chain.networkId} on ${chain.rpcUrl}`)
}

/** True if a chain of ours answers at that address: its money is play money, and time can be passed. */
export async function isLocalChain(rpcUrl: string): Promise<boolean> {
  if (!isLoopback(rpcUrl)) return false
  return z.object({ faucet: z.string() }).safeParse(await callChain(rpcUrl, 'weft_info', [])).success
}

/** Calls a method that only local chains have; undefined if there is none. */
export async function callChain(rpcUrl: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(10_000),
  }).catch((error: unknown) => {
    throw chainError(error, rpcUrl)
  })
  return z.object({ result: z.unknown() }).safeParse(await response.json().catch(() => undefined)).data?.result
}

async function passEpoch(chain: ChainNetwork, network: NetworkRecord, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + RENEWAL_MS
  while (performance.now() < untilMs) {
    signal.throwIfAborted()
    const { value = [] } = await readSeats(chain.programs, chain.address)
    // One that has lapsed already does not fall out now.
    if (value.every((seat) => !seat.held || seat.until !== network.epoch)) break
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  let left = Number(network.epochStart + network.epochSlots) + 2 - (await chain.connection.getSlot('confirmed'))
  for (; left > 0; left -= WARP_SLOTS_MAX)
    await callChain(chain.rpcUrl, 'weft_warp', [{ slots: Math.min(left, WARP_SLOTS_MAX) }])
}
