/**
 * B1 for each sender: what any honest peer keeps, and does for others, because of one of them. Bounds are those of
 * DESIGN's edge, in numbers of this file: none is read from the code that is to keep them.
 */
import type { Input } from '#protocol/account/inputs.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { SimPeer } from '../world/peer.ts'
import type { World } from '../world/world.ts'
import type { Checker } from './checker.ts'
import { SeatHolders } from './seats.ts'

const MiB = 2 ** 20
/** Inputs of one signer that wait at one account: what a peer with 64 slots says of all its seats. */
const INPUTS_PER_SIGNER = 192
/** The same of one that never held a seat there: a witness may be an entry behind. */
const INPUTS_PER_STRANGER = 64
/** Of all of these together: most of the room is left to the wallet and to seat holders. */
const INPUTS_OF_STRANGERS = 256
/** Bytes of inputs of one account that wait. */
const INPUT_BYTES = 32 * MiB
/** Bytes that one witness said of the next height of one account. */
const EARLY_BYTES = MiB / 4
/** Copies of one blob that one peer is sent in a second, however it asks: it may have lost some. */
const COPIES_PER_SECOND = 16
/** Answers to one peer: so many at once, and then so many a second. */
const ANSWERS_BURST = 4_100
const ANSWERS_PER_SECOND = 520
const ANSWERS = new Set(['receipt', 'unknown', 'head', 'state', 'no-state', 'renewed'])

/** Inputs, early messages, logs and answers, by whoever they are there for. */
export function senders(world: World): Checker {
  const seats = new SeatHolders()
  /** Answers by pair of peers, and when the first of them was given. */
  const answered = new Map<string, { count: number; sinceMs: number }>()
  const copies = new Map<string, number>()
  return {
    property: 'B1',
    *entry(certified) {
      seats.add(certified)
      if (!world.chain.isFunded(certified.account))
        yield `a job of a wallet without funds certified height ${certified.height}`
    },
    said(peer, effects) {
      if (!peer.honest) return []
      for (const effect of effects) {
        if (effect.type !== 'send') continue
        const to = `${peer.name} ${effect.to}`
        if (ANSWERS.has(effect.frame.type)) {
          const { count, sinceMs } = answered.get(to) ?? { count: 0, sinceMs: world.nowMs }
          answered.set(to, { count: count + 1, sinceMs })
        }
        if (effect.frame.type === 'blob') add(copies, `${to} ${blobCid(effect.frame.bytes)}`)
      }
      return []
    },
    *second() {
      for (const [pair, { count, sinceMs }] of answered) {
        const seconds = (world.nowMs - sinceMs) / 1_000
        if (count > ANSWERS_BURST + seconds * ANSWERS_PER_SECOND)
          yield `${named(world, pair)} more than ${ANSWERS_PER_SECOND} answers a second`
      }
      for (const [pair, count] of copies)
        if (count > COPIES_PER_SECOND) yield `${named(world, pair)} one blob ${count} times in a second`
      copies.clear()
      const members = new Set(world.peers.map(({ endpoint }) => endpoint.key))
      for (const peer of world.peers) if (peer.honest) yield* waits(peer, { seats, members })
      for (const peer of world.peers) if (peer.honest) yield* logsWithoutFunds(peer, world)
    },
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** `peer 1 sent peer 2`, of a pair as it is counted. */
function named(world: World, pair: string): string {
  const [, index, to] = pair.split(' ')
  return `peer ${index} sent ${world.peers.find(({ endpoint }) => endpoint.key === to)?.name ?? to}`
}

function* logsWithoutFunds(peer: SimPeer, { chain }: World): Iterable<string> {
  const logs = [...(peer.core?.states().keys() ?? [])].filter((account) => !chain.isFunded(account))
  if (logs.length > 0) yield `${peer.name} keeps logs of wallets without funds`
}

function* waits(
  peer: SimPeer,
  { seats, members }: { seats: SeatHolders; members: ReadonlySet<PeerKey> },
): Iterable<string> {
  for (const { account, inputs, early } of peer.core?.waiting() ?? []) {
    const bySigner = new Map<PeerKey, number>()
    for (const { envelope } of inputs) if (envelope.signer !== account) add(bySigner, envelope.signer)
    let ofStrangers = 0
    for (const [signer, count] of bySigner) {
      if (!members.has(signer)) yield `${peer.name} lets an input of a key wait that is no member`
      const holds = seats.ofAccount(account, signer)
      if (!holds) ofStrangers += count
      if (count > (holds ? INPUTS_PER_SIGNER : INPUTS_PER_STRANGER))
        yield `${peer.name} lets more inputs of one ${holds ? 'seat holder' : 'stranger'} wait than it may`
    }
    if (ofStrangers > INPUTS_OF_STRANGERS) yield `${peer.name} lets more inputs of strangers wait than it may`
    if (bytesOf(inputs) > INPUT_BYTES) yield `${peer.name} lets more bytes of inputs wait than it may`
    yield* saidEarly(peer, early)
  }
}

function* saidEarly(peer: SimPeer, early: ReadonlyMap<PeerKey, readonly AgreementMessage[]>): Iterable<string> {
  for (const messages of early.values()) {
    const bytes = messages.reduce((sum, message) => sum + attachedBytes(message), 0)
    if (bytes > EARLY_BYTES) yield `${peer.name} keeps more of what a witness said of the next height than it may`
  }
}

function attachedBytes(message: AgreementMessage): number {
  const entry = 'entry' in message ? message.entry.length : 0
  return 'bodies' in message ? message.bodies.reduce((sum, body) => sum + body.length, entry) : entry
}

function bytesOf(inputs: readonly Input[]): number {
  return inputs.reduce((sum, { envelope }) => sum + envelope.raw.length, 0)
}
