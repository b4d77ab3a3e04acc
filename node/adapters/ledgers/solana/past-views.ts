/**
 * Makes up for the epochs in which this peer was away: finds their views in the chain's history, from where it last
 * looked.
 */
import { z } from 'zod'
import type { Log } from '#node/ports/log.ts'
import type { Store } from '#node/ports/store.ts'
import { decodeNetwork, decodeSeats } from '#programs/client/read.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import type { ChainNetwork } from './cluster.ts'
import { chainError } from './errors.ts'
import { type RegistryAt, viewsBetween } from './registry-history.ts'
import type { Views } from './views.ts'

export interface PastViewsParts {
  readonly chain: ChainNetwork
  readonly views: Views
  readonly store: Store
  readonly log: Log
  /** Called when views were found that nobody waited for. */
  readonly changed: () => void
}

/** The registry's accounts as they were when the newest view was adopted: the replay begins there. */
const BASE = 'ledger/registry'
const baseSchema = z.tuple([z.number().int(), z.instanceof(Uint8Array), z.instanceof(Uint8Array)])
/** Readings in a row after which a peer goes on without the views that it cannot find. */
const ATTEMPTS = 3

export class PastViews {
  readonly #parts: PastViewsParts
  #failures = 0

  constructor(parts: PastViewsParts) {
    this.#parts = parts
  }

  /** Keeps what the accounts hold at `slot`. */
  async remember(slot: number, networkData: Uint8Array, seatsData: Uint8Array): Promise<void> {
    const value = encode([slot, Uint8Array.from(networkData), Uint8Array.from(seatsData)])
    await this.#parts.store.write([{ put: BASE, value }], { durable: true })
  }

  /**
   * Finds the views between what was remembered and `now`. If the chain does not give them, rejects with
   * CHAIN_UNREACHABLE a few times, so that the caller reads again, and then gives up: certificates of those epochs
   * cannot be verified. With `mayFail`, never rejects.
   */
  async catchUp(now: RegistryAt, { mayFail }: { readonly mayFail: boolean }): Promise<void> {
    const { chain, views, log, changed } = this.#parts
    try {
      const found = await viewsBetween(chain, await this.#base(now), now)
      if (await views.fill(found)) {
        log.info({ epochs: found.length, until: Number(now.network.epoch) }, 'views of missed epochs found on chain')
        if (mayFail) changed()
      }
      this.#failures = 0
    } catch (error) {
      if (!mayFail && ++this.#failures < ATTEMPTS) throw chainError(error, chain.rpcUrl)
      this.#failures = 0
      log.warn({ error, until: Number(now.network.epoch) }, 'certificates of missed epochs cannot be verified here')
    }
  }

  /** Undefined on the first run: then the replay begins with the founding. */
  async #base({ slot }: RegistryAt): Promise<RegistryAt | undefined> {
    const { chain, store, views } = this.#parts
    const bytes = await store.get(BASE)
    const parsed = baseSchema.safeParse(bytes && decode(bytes))
    if (!parsed.success || parsed.data[0] >= slot || views.newest() === undefined) return undefined
    const [at, networkData, seatsData] = parsed.data
    return { slot: at, network: decodeNetwork(chain.programs, networkData), seats: decodeSeats(seatsData) }
  }
}
