/** Methods about the chain itself: version, slots, blockhashes, blocks, fees. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { toBase58 } from './base58.ts'
import type { LocalChain } from './chain.ts'
import { RpcError, rpcCodes, unhealthy } from './errors.ts'
import type { HistoryEntry } from './history.ts'
import { chainLimits } from './limits.ts'
import { API_VERSION, commitmentOf, contextSchema, type Method, method, withContext } from './rpc-method.ts'
import { SLOTS_PER_EPOCH } from './slots.ts'
import { readMessage } from './transaction.ts'
import { transactionEncodingSchema, transactionJson } from './transaction-json.ts'

const none = z.array(z.unknown())
const context = z.tuple([contextSchema.optional()]).rest(z.unknown())
const LAMPORTS_PER_SIGNATURE = 5_000
const slotNumber = z.number().int().min(0)

const blockConfig = z
  .object({
    encoding: transactionEncodingSchema.optional(),
    transactionDetails: z.enum(['full', 'accounts', 'signatures', 'none']).optional(),
    maxSupportedTransactionVersion: z.number().int().optional(),
    commitment: z.enum(['confirmed', 'finalized']).optional(),
    rewards: z.boolean().optional(),
  })
  .nullish()

export const clusterMethods: Readonly<Record<string, Method>> = {
  getHealth: method(none, (chain) => {
    if (chain.faults.stall) throw unhealthy()
    return 'ok'
  }),
  // `solana-core` must look like a version: clients parse it. The rest says what this is.
  getVersion: method(none, () => ({
    'solana-core': API_VERSION,
    'feature-set': 0,
    'weft-local-chain': 'a local Solana VM (litesvm), not a validator',
  })),
  getGenesisHash: method(none, (_chain, _params, store) => toBase58(createHash('sha256').update(store.seed).digest())),
  getIdentity: method(none, (chain) => ({ identity: chain.faucetAddress })),
  getClusterNodes: method(none, () => []),
  getSlot: method(context, (chain, [config]) => chain.slots.at(commitmentOf(chain, config))),
  getBlockHeight: method(context, (chain, [config]) => chain.slots.blockAt(commitmentOf(chain, config)).height),
  getTransactionCount: method(context, (chain) => chain.history.total),
  getEpochInfo: method(context, (chain, [config]) => {
    const { slot, height } = chain.slots.blockAt(commitmentOf(chain, config))
    return {
      absoluteSlot: slot,
      blockHeight: height,
      epoch: Math.floor(slot / SLOTS_PER_EPOCH),
      slotIndex: slot % SLOTS_PER_EPOCH,
      slotsInEpoch: SLOTS_PER_EPOCH,
      transactionCount: chain.history.total,
    }
  }),
  getEpochSchedule: method(none, () => ({
    firstNormalEpoch: 0,
    firstNormalSlot: 0,
    leaderScheduleSlotOffset: SLOTS_PER_EPOCH,
    slotsPerEpoch: SLOTS_PER_EPOCH,
    warmup: false,
  })),
  getLatestBlockhash: method(context, (chain, [config]) => {
    const level = commitmentOf(chain, config)
    const { hash, height } = chain.slots.blockAt(level)
    return withContext(chain, level, { blockhash: hash, lastValidBlockHeight: height + chainLimits.blockhashWindow })
  }),
  isBlockhashValid: method(z.tuple([z.string(), contextSchema.optional()]), (chain, [hash, config]) =>
    withContext(chain, commitmentOf(chain, config), chain.slots.isUsable(hash)),
  ),
  getFeeForMessage: method(z.tuple([z.string(), contextSchema.optional()]), (chain, [message, config]) => {
    const { requiredSignatures } = readMessage(Buffer.from(message, 'base64'))
    return withContext(chain, commitmentOf(chain, config), LAMPORTS_PER_SIGNATURE * requiredSignatures)
  }),
  getRecentPrioritizationFees: method(none, (chain) => [{ slot: chain.slots.current.slot, prioritizationFee: 0 }]),
  getRecentPerformanceSamples: method(none, () => []),
  getMinimumBalanceForRentExemption: method(
    z
      .tuple([
        z
          .number()
          .int()
          .min(0)
          .max(10 * 1_024 * 1_024),
      ])
      .rest(z.unknown()),
    (chain, [bytes]) => chain.vm.rentExemption(bytes),
  ),
  getFirstAvailableBlock: method(none, (chain) => chain.history.oldestSlot() ?? 0),
  minimumLedgerSlot: method(none, (chain) => chain.history.oldestSlot() ?? 0),
  getBlockTime: method(z.tuple([slotNumber]), (chain, [slot]) => {
    const seconds = chain.slots.block(slot)?.unixSeconds ?? chain.history.inSlot(slot)[0]?.blockTime
    if (seconds === undefined) throw blockNotAvailable(chain, slot)
    return seconds
  }),
  getBlocks: method(
    z.tuple([slotNumber, slotNumber.nullish(), contextSchema.optional()]),
    (chain, [first, last, config]) =>
      chain.slots
        .blocksBetween(first, Math.min(last ?? Number.MAX_SAFE_INTEGER, chain.slots.at(commitmentOf(chain, config))))
        .map(({ slot }) => slot),
  ),
  getBlock: method(z.tuple([slotNumber, blockConfig.optional()]), (chain, [slot, config]) =>
    blockJson(chain, slot, config ?? {}),
  ),
}

function blockJson(chain: LocalChain, slot: number, config: NonNullable<z.infer<typeof blockConfig>>) {
  const block = chain.slots.block(slot)
  if (block === undefined || slot > chain.slots.at(config.commitment ?? 'finalized'))
    throw blockNotAvailable(chain, slot)
  const parent = chain.slots.parentOf(slot)
  const entries = chain.history.inSlot(slot)
  return {
    blockhash: block.hash,
    previousBlockhash: chain.slots.block(parent)?.hash ?? toBase58(new Uint8Array(32)),
    parentSlot: parent,
    blockHeight: block.height,
    blockTime: block.unixSeconds,
    rewards: [],
    ...blockTransactions(entries, config),
  }
}

function blockTransactions(entries: readonly HistoryEntry[], config: NonNullable<z.infer<typeof blockConfig>>) {
  const { transactionDetails = 'full' } = config
  switch (transactionDetails) {
    case 'none':
      return {}
    case 'signatures':
      return { signatures: entries.map((entry) => entry.id) }
    case 'full':
    case 'accounts':
      return { transactions: entries.map((entry) => transactionJson(entry, config)) }
    default:
      return transactionDetails satisfies never
  }
}

function blockNotAvailable(chain: LocalChain, slot: number): RpcError {
  const skipped = slot < chain.slots.current.slot && chain.slots.blocksBetween(0, slot).length > 0
  if (skipped)
    return new RpcError(
      rpcCodes.slotSkipped,
      `Slot ${slot} was skipped, or missing due to ledger jump to recent snapshot`,
    )
  return new RpcError(rpcCodes.blockNotAvailable, `Block not available for slot ${slot}`)
}
