/** How long until offers are everywhere: 1,000 peers in six regions, fifty of them change theirs. */
import { simulate } from '#sim/simulate.ts'
import type { SimPeer } from '#sim/world/peer.ts'
import { medianOf, percentile, type Row, round } from '../row.ts'
import { figure, scenario } from './rows.ts'

const PEERS = 1_000
const AUTHORS = 50
const START_MS = 4_000
const END_MS = 10_000

export async function* offers({ lossPpm }: { lossPpm: number }): AsyncGenerator<Row> {
  const tookMs: number[] = []
  const sent = new Map<string, { atUs: number; life: number }>()
  const lives = new Map<SimPeer, number>()
  const faults =
    lossPpm === 0
      ? []
      : [
          { kind: 'loss', ppm: lossPpm },
          { kind: 'churn', share: 0.1 },
        ]
  let reached = 0
  let due = 0
  await simulate({
    scenario: scenario({ peers: PEERS, for: END_MS, faults, wallets: 1 }),
    prepare: (world) => {
      world.time.at(START_MS * 1_000, () => {
        world.net.gossip.eager = true
        for (const peer of world.peers) if (peer.up) lives.set(peer, peer.life)
        for (let i = 0; i < AUTHORS; i++) {
          const peer = world.peer((i * PEERS) / AUTHORS)
          if (!peer.up) continue
          sent.set(peer.endpoint.key, { atUs: world.time.nowUs, life: peer.life })
          peer.readvertise()
        }
      })
    },
    observe: ({ world }) => ({
      heard: (_peer, event) => {
        const known = event.type === 'gossip' ? sent.get(event.from) : undefined
        if (known !== undefined && event.type === 'gossip') tookMs.push((world.time.nowUs - known.atUs) / 1_000)
      },
    }),
    onProgress: (atMs, world) => {
      if (atMs !== END_MS) return
      const authors = world.peers.filter((peer) => sent.get(peer.endpoint.key)?.life === peer.life)
      const newest = new Map(
        authors.map((author) => [author.endpoint.key, loadsOf(author).get(author.endpoint.key) ?? 0]),
      )
      for (const [peer, life] of lives) {
        // Who was away in between hears of it from those that it connects to, but in no given time.
        if (peer.life !== life) continue
        const held = loadsOf(peer)
        for (const [author, seq] of newest) {
          if (author === peer.endpoint.key) continue
          due++
          if ((held.get(author) ?? 0) >= seq) reached++
        }
      }
    },
  })
  const name = `offers among ${PEERS} peers at ${lossPpm / 10_000} % loss${lossPpm > 0 ? ', with churn' : ''}`
  const longestMs = tookMs.reduce((most, ms) => Math.max(most, ms), 0)
  yield figure(`${name}: time to everybody, p99 (baseline: p50)`, {
    value: percentile(tookMs, 0.99),
    unit: 'ms',
    goal: lossPpm === 0 ? 450 : 0,
    less: true,
    baseline: medianOf(tookMs),
    spread: `p10 ${round(percentile(tookMs, 0.1))}, longest ${round(longestMs)}`,
  })
  yield figure(`${name}: share that holds the newest`, {
    value: (100 * reached) / Math.max(1, due),
    unit: '%',
    goal: 99.9,
    note: `${reached} of ${due} within ${(END_MS - START_MS) / 1_000} s`,
  })
}

/** Numbers of the newest loads that `peer` holds, by author. */
function loadsOf(peer: SimPeer): Map<string, number> {
  return new Map(peer.core?.summary().offers.map((offer) => [offer.peer, offer.load.seq]))
}
