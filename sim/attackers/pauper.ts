/** An attacker on the number of accounts: wallets without funds, and what begins a log for them. */
import { sealJob } from '#protocol/account/inputs.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { DEFAULT_POLICY } from '#protocol/placement/policies.ts'
import { signerFromSeed, type WalletKey } from '#protocol/wire/keys.ts'
import { ENGINE } from '../world/executor.ts'
import { DOMAIN, NETWORK_ID } from '../world/ledger.ts'
import type { Behaviour } from '../world/watched-core.ts'
import type { AttackerParts } from './attacker-parts.ts'
import { paced, toEach } from './overheard.ts'

/** 64 wallets in three seconds. */
const WALLETS = 4
const EVERY_MS = 200
const TIMES = 16
/** The epoch in which every network begins. */
const FIRST_EPOCH = 1

/**
 * Posts the first job of one new key after another, none of which ever deposited anything, at every peer, and asks for
 * contributions to the first entry of its log.
 */
export function pauper({ others, chance }: AttackerParts): Behaviour {
  const due = paced({ everyMs: EVERY_MS, times: TIMES })
  return {
    name: 'pauper',
    say: (effects, now) => {
      if (!due(now)) return effects
      const wallets = Array.from({ length: WALLETS }, () => signerFromSeed(chance.bytes(32)))
      const inputs = wallets.map((wallet) => sealJob(firstJob(wallet.key, now.wallMs), DOMAIN, wallet).raw)
      const begun = wallets.flatMap(({ key: account }) =>
        toEach(others(), { type: 'agreement', message: { type: 'collect', account, epoch: FIRST_EPOCH, height: 1 } }),
      )
      return [...effects, ...toEach(others(), { type: 'inputs', inputs }), ...begun]
    },
  }
}

function firstJob(account: WalletKey, nowMs: number): JobSpec {
  return {
    version: 1,
    name: 'for nothing',
    network: NETWORK_ID,
    account,
    seq: 1,
    authorised: 1_000_000_000n,
    createdMs: nowMs,
    deadlineMs: nowMs + 60_000,
    engine: { type: ENGINE, params: { text: 'for nothing', ms: 1 } },
    inputs: [],
    requirements: { timeMs: 1_000, memoryBytes: 2 ** 20, regions: [], gpuMemoryBytes: 0, models: [] },
    replicas: 1,
    comparator: { type: 'exact' },
    priceMax: 1_000_000n,
    policy: DEFAULT_POLICY,
  }
}
