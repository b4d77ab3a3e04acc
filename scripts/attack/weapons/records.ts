/** Row 7: DHT records under the honest accounts' keys that no later record can follow. */
import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { PeerGuard } from '#node/adapters/network/guard.ts'
import { createHost } from '#node/adapters/network/host.ts'
import { keyOfPeer } from '#node/adapters/network/identity.ts'
import { RecordGuard } from '#node/adapters/network/records.ts'
import { networkHash } from '#node/adapters/network/settings.ts'
import { headKey } from '#node/core/witness/account-publisher.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import type { Briefing, Harm } from '../orders.ts'
import type { Weapon } from './weapon.ts'

const nothing = (): void => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent }
const PUTS_PER_SECOND = 4
const PUT_MS = 2_000
const JUNK_BYTES = 1_024

/** Takes every record: what this peer itself believes does not matter. */
class NoGuard extends RecordGuard {
  override async check(): Promise<void> {}
}

/** Puts junk with the highest sequence number there is, also under keys of accounts that nobody uses. */
export async function records(briefing: Briefing): Promise<Weapon> {
  const guard = new PeerGuard()
  const sequences = { get: async () => undefined, set: async () => undefined }
  const settings = {
    ...{ seed: new Uint8Array(Buffer.from(briefing.seeds[0] ?? '', 'base64')), listen: ['/ip4/127.0.0.1/tcp/0'] },
    ...{ bootstrap: [], mdns: false, networkId: briefing.networkId, log: silent, sequences },
    validate: () => true,
    cachedPeers: { load: async () => [], save: async () => undefined },
  }
  const hash = networkHash(briefing.networkId)
  const host = await createHost({
    settings,
    hash,
    guard,
    records: new NoGuard({ sequences, guard, validate: settings.validate }),
  })
  await host.start()
  for (const { addresses } of briefing.daemons) await host.dial(addresses.map((address) => multiaddr(address)))
  const counts = { sent: 0, sentBytes: 0, dropped: 0 }
  const accounts = [...briefing.victims, ...briefing.unfunded]
  let turn = 0
  const fire = (): void => {
    // Every second one is for an account that matters.
    const victim = briefing.victims[turn % briefing.victims.length]
    const account = (turn % 2 === 0 ? victim : accounts[turn % accounts.length]) ?? ''
    turn++
    put(account).then(
      () => counts.sent++,
      () => counts.dropped++,
    )
  }
  const put = async (account: string): Promise<void> => {
    const value = junkRecord()
    counts.sentBytes += value.length
    const signal = AbortSignal.timeout(PUT_MS)
    for await (const _event of host.services.dht.put(recordKey(account), value, { signal }));
  }
  /** Asks the daemons what they hold, and believes nothing. */
  const poisoned = async (account: string): Promise<number> => {
    const signal = AbortSignal.timeout(2 * PUT_MS)
    const holders = new Set<string>()
    try {
      for await (const event of host.services.dht.get(recordKey(account), { signal }))
        if (event.name === 'VALUE' && isJunk(event.value)) holders.add(event.from.toString())
    } catch {
      return holders.size
    }
    return holders.size
  }
  const harms = async (): Promise<Harm[]> => {
    let count = 0
    for (const account of briefing.victims) count += await poisoned(account)
    return [{ what: 'daemons that hold junk for an honest account', count, allowed: 0 }]
  }
  const tally = () => {
    const connected = new Set(host.getPeers().map(keyOfPeer))
    return { ...counts, backBytes: -1, barredBy: briefing.daemons.filter(({ peer }) => !connected.has(peer)).length }
  }
  return { volleys: [{ perSecond: PUTS_PER_SECOND, fire }], tally, harms, stop: async () => host.stop() }
}

function recordKey(account: string): Uint8Array {
  return utf8(`/weft/${headKey(account)}`)
}

function junkRecord(): Uint8Array {
  const value = new Uint8Array(JUNK_BYTES)
  value.set(randomBytes(JUNK_BYTES - 8), 8)
  new DataView(value.buffer).setBigUint64(0, 2n ** 64n - 1n)
  return value
}

function isJunk(value: Uint8Array): boolean {
  return value.length >= 8 && new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0) === 2n ** 64n - 1n
}
