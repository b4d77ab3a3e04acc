/**
 * A job that one member fits, in a network of more members than a peer holds offers of: none of the job's witnesses
 * ever hears that member's offer by gossip.
 */
import { sealJob } from '#protocol/account/inputs.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { type SimulationResult, simulate } from '#sim/simulate.ts'
import { ENGINE } from '#sim/world/executor.ts'
import { DOMAIN, NETWORK_ID } from '#sim/world/ledger.ts'
import type { SimPeer } from '#sim/world/peer.ts'
import { EPOCH_MS } from '#sim/world/timeline.ts'
import type { World } from '#sim/world/world.ts'
import type { Row } from '../row.ts'
import { figure, scenario } from './rows.ts'

/** When the one that fits gets what the job needs. */
const EQUIPPED_MS = 2_000
const POSTED_MS = 5_000
const END_MS = 17_000
const GPU_BYTES = 2 ** 34

/** What became of the job. */
export interface Crowded {
  /** Whether an entry gave the one that fits a ticket, and how the log closed the job. */
  readonly placed: boolean
  readonly state: string
  /** From posting to the ticket; infinite without. */
  readonly placedMs: number
  /** The most offers that a peer held at the end of a second. */
  readonly heldMax: number
  readonly result: SimulationResult
}

/** Runs such a network of `peers` members, each with room for the offers of `held`. */
export async function crowded({ peers, held }: { peers: number; held: number }): Promise<Crowded> {
  const found = { state: '', placedMs: Number.POSITIVE_INFINITY, heldMax: 0 }
  let rare: SimPeer | undefined
  const result = await simulate({
    scenario: scenario({ peers, wallets: 1, for: END_MS }),
    prepare: (world) => {
      world.net.gossip.held = held
      for (const peer of world.peers) peer.offersHeld = held
      const chosen = unheardOf(world)
      rare = chosen
      // After the greetings, in which neighbours tell each other all that they know.
      world.time.at(EQUIPPED_MS * 1_000, () => {
        chosen.offered = { gpuMemoryBytes: GPU_BYTES }
        chosen.readvertise()
      })
      world.time.at(POSTED_MS * 1_000, () => post(world))
    },
    observe: () => ({
      certified: ({ after }) => {
        for (const { seats, outcome } of after.jobs.values()) {
          found.state = outcome?.state ?? ''
          const placed = seats.some(({ peer }) => peer === rare?.endpoint.key)
          if (placed) found.placedMs = Math.min(found.placedMs, after.timeMs - EPOCH_MS - POSTED_MS)
        }
      },
    }),
    onProgress: (_atMs, world) => {
      for (const peer of world.peers) found.heldMax = Math.max(found.heldMax, peer.core?.summary().offers.length ?? 0)
    },
  })
  return { ...found, placed: Number.isFinite(found.placedMs), result }
}

export async function* crowd(size: { peers: number; held: number }): AsyncGenerator<Row> {
  const { placedMs, heldMax, state, result } = await crowded(size)
  yield figure(`${size.peers} members, ${size.held} held: posted to placed on the one that fits`, {
    value: placedMs,
    unit: 'ms',
    goal: 5_000,
    less: true,
    note: `${state}; ${heldMax} offers held at most; ${Math.round(result.summary.wallMs / 1_000)} s`,
  })
}

/** A peer whose offers gossip brings neither to a witness of the wallet nor to the poster, who greets them. */
function unheardOf(world: World): SimPeer {
  const view = world.chain.view(world.chain.epoch)
  const [wallet] = world.wallets
  if (view === undefined || wallet === undefined) throw new Error('broken invariant: a world has an epoch and a wallet')
  const witnesses: readonly PeerKey[] = drawCommittee(view, wallet.key).witnesses
  const endpoints = [world.peer(0).endpoint, ...witnesses.flatMap((peer) => world.net.find(peer) ?? [])]
  const rare = world.peers.find(({ endpoint }) =>
    endpoints.every((to) => to !== endpoint && !world.net.gossip.isFor(endpoint, to)),
  )
  if (rare === undefined) throw new RangeError('every peer is heard by a witness: ask for more peers, or fewer held')
  return rare
}

/** The wallet's job: one replica, with a GPU. */
function post(world: World): void {
  const [wallet] = world.wallets
  if (wallet === undefined) return
  const nowMs = EPOCH_MS + world.nowMs
  const spec: JobSpec = {
    version: 1,
    name: 'a job that one peer fits',
    network: NETWORK_ID,
    account: wallet.key,
    seq: 1,
    authorised: 100_000_000n,
    createdMs: nowMs,
    deadlineMs: nowMs + 120_000,
    engine: { type: ENGINE, params: { text: 'rare', ms: 100 } },
    inputs: [],
    requirements: { timeMs: 1_000, memoryBytes: 2 ** 20, gpuMemoryBytes: GPU_BYTES, regions: [], models: [] },
    replicas: 1,
    comparator: { type: 'exact' },
    priceMax: 10_000_000n,
    policy: 'balanced',
  }
  world.peer(0).dispatch({ type: 'submit', envelope: sealJob(spec, DOMAIN, wallet).raw, blobs: [] })
}
