/**
 * The chain's own methods: faults, time and facts for tests and tools. No cluster has them, and no browser page may
 * call them.
 */
import { z } from 'zod'
import { faultsSchema } from './faults.ts'
import { chainLimits } from './limits.ts'
import { type Method, method } from './rpc-method.ts'

export const privateMethods: Readonly<Record<string, Method>> = {
  weft_setFaults: method(z.tuple([faultsSchema]), async (chain, [change], store) => {
    chain.setFaults(change)
    if (change.expireBlockhashes) await store.changeDurably(() => chain.expireBlockhashes())
    const { rollBackTo } = change
    if (rollBackTo === undefined) return { faults: chain.faults }
    const rolledBackTo = await store.changeDurably(
      () => chain.rollBack(rollBackTo),
      (slot) => slot,
    )
    return { faults: chain.faults, rolledBackTo }
  }),
  weft_getFaults: method(z.array(z.unknown()), (chain) => chain.faults),
  weft_warp: method(
    z.tuple([
      z.strictObject({
        slots: z.number().int().min(0).max(chainLimits.warpSlots).default(1),
        seconds: z.number().min(0).max(1e9).default(0),
      }),
    ]),
    (chain, [time]) => {
      chain.warp(time)
      return { slot: chain.slots.current.slot, unixSeconds: chain.slots.current.unixSeconds }
    },
  ),
  weft_info: method(z.array(z.unknown()), (chain, _params, store) => ({
    pid: process.pid,
    faucet: chain.faucetAddress,
    slotMs: chain.slotMs,
    transactions: chain.history.total,
    remembered: chain.history.size,
    accounts: chain.touched.size,
    syncs: store.log.syncs,
    replayed: store.replayed,
    rssBytes: process.memoryUsage.rss(),
    cpuMs: cpuMs(),
  })),
}

/** What the process has used so far, in its own code and in the system's. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
