/** B1: what peers hold and say stays within `protocol/limits.ts`, whatever others send them. */
import { limits } from '#protocol/limits.ts'
import type { SimPeer } from '../world/peer.ts'
import type { Checker } from './checker.ts'

/** Records on one peer's disk, by account that it witnesses and beside them: entries kept, votes, receipts, blobs. */
const RECORDS_PER_LOG = limits.entriesKeptPerAccount + 64
const RECORDS_BESIDE = 100_000
/**
 * A peer may wake up by itself so often per account log that it keeps: more is a loop that waits for something that
 * does not come.
 */
const TIMERS_PER_SECOND = 60 + 1_000 / limits.renewEveryMs

export function bounds(): Checker {
  const sent = new Map<SimPeer, number>()
  const timers = new Map<SimPeer, number>()
  const runs = new Runs()
  return {
    property: 'B1',
    heard(peer, event) {
      if (event.type === 'ran') runs.of(peer).delete(event.run)
      if (event.type === 'timer' && peer.honest) timers.set(peer, (timers.get(peer) ?? 0) + 1)
      return []
    },
    *said(peer, effects) {
      if (!peer.honest) return
      let frames = 0
      const running = runs.of(peer)
      for (const effect of effects) {
        if (effect.type === 'send') frames++
        if (effect.type === 'abort') running.delete(effect.run)
        if (effect.type === 'run') running.add(effect.run)
      }
      if (running.size > peer.options.slots)
        yield `${peer.name} runs ${running.size} programs on ${peer.options.slots} slots`
      if (frames > 0) sent.set(peer, (sent.get(peer) ?? 0) + frames)
    },
    *second({ world }) {
      for (const [peer, frames] of sent) {
        const logs = Math.max(1, world.wallets.length)
        if (frames > limits.messagesPerSecondPerPeer * logs) yield `${peer.name} sent ${frames} frames in a second`
      }
      sent.clear()
      for (const [peer, woken] of timers) {
        if (woken > TIMERS_PER_SECOND * (1 + world.wallets.length))
          yield `${peer.name} woke up ${woken} times in a second`
      }
      timers.clear()
      if (world.net.traffic.queuedBytesMax > limits.sendQueueBytes) yield 'a link holds more than its queue'
      for (const peer of world.peers) yield* held(peer)
    },
  }
}

/** What each peer's engine works on, in the life of its process. */
class Runs {
  readonly #runs = new Map<SimPeer, { life: number; names: Set<string> }>()

  of(peer: SimPeer): Set<string> {
    const known = this.#runs.get(peer)
    if (known?.life === peer.life) return known.names
    const names = new Set<string>()
    this.#runs.set(peer, { life: peer.life, names })
    return names
  }
}

function* held(peer: SimPeer): Iterable<string> {
  const summary = peer.core?.summary()
  if (summary === undefined) return
  const { logs, offers, pending, running } = summary
  if (logs > limits.accountsServed) yield `${peer.name} keeps ${logs} logs`
  if (offers.length > limits.offersHeld) yield `${peer.name} holds ${offers.length} offers`
  if (pending > limits.pendingPerAccount) yield `${peer.name} lets ${pending} inputs of one account wait`
  if (peer.honest && running > peer.options.slots)
    yield `${peer.name} runs ${running} replicas on ${peer.options.slots} slots`
  const records = peer.disk.records
  if (records > logs * RECORDS_PER_LOG + RECORDS_BESIDE) yield `${peer.name} keeps ${records} records`
}
