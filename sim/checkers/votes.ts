/**
 * S1 at its root: what honest witnesses say, over all their lives. At most one header per height, one digest prepared
 * per view, no vote below a view that was left, no forgotten lock, a quorum behind every commit and header, and nothing
 * that the disk does not back when it leaves.
 */

import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import { decodeFrame } from '#protocol/messages/frame.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { toHex } from '#protocol/wire/hash.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { SimPeer } from '../world/peer.ts'
import type { Checker } from './checker.ts'
import { quorumOf } from './quorum.ts'

/** What a witness said about one account's newest height. */
interface Said {
  height: number
  readonly prepared: Map<number, string>
  header: string
  promised: number
  /** Highest view in which it committed; -1 before. */
  committed: number
}

/** Where in which log a vote belongs. */
type Position = { account: WalletKey; epoch: number; height: number }
/** Who prepared and who committed, by digest and view, at the newest height of each account and epoch. */
interface Tally {
  height: number
  readonly prepares: Map<string, Set<number>>
  readonly commits: Map<string, Set<number>>
}

/** `witnesses`: how many an account has in an epoch. */
export function votes(witnesses: (account: WalletKey, epoch: number) => number): Checker {
  const said = new Map<string, Said>()
  const tallies = new Map<string, Tally>()
  /** A vote goes to several peers as the same bytes. */
  const last = new WeakMap<SimPeer, Uint8Array>()

  function* look(peer: SimPeer, message: AgreementMessage): Iterable<string> {
    const known = saidAt(said, peer, message)
    const tally = tallyOf(tallies, message)
    const need = quorumOf(witnesses(message.account, message.epoch))
    switch (message.type) {
      case 'prepare': {
        count(tally.prepares, message, peer)
        const before = known?.prepared.get(message.view)
        if (before !== undefined && before !== message.digest) yield `${peer.name} prepared two entries in one view`
        if (known && message.view < known.promised) yield `${peer.name} prepared below a view that it had left`
        known?.prepared.set(message.view, message.digest)
        break
      }
      case 'commit': {
        count(tally.commits, message, peer)
        if (known === undefined) break
        const prepares = tally.prepares.get(`${message.view}/${message.digest}`)?.size ?? 0
        if (message.view < known.promised) yield `${peer.name} committed below a view that it had left`
        if (tally.height === message.height && prepares < need)
          yield `${peer.name} committed after ${prepares} prepares`
        known.committed = Math.max(known.committed, message.view)
        break
      }
      case 'header': {
        if (known === undefined) break
        const header = toHex(message.headerBytes)
        const most = Math.max(0, ...[...tally.commits.values()].map((peers) => peers.size))
        if (known.header !== '' && known.header !== header) yield `${peer.name} signed two headers of one height`
        if (tally.height === message.height && most < need) yield `${peer.name} signed a header after ${most} commits`
        known.header = header
        break
      }
      case 'view-change':
        if (known === undefined) break
        known.promised = Math.max(known.promised, message.change.view)
        if (
          known.committed >= 0 &&
          message.change.view > known.committed &&
          (message.change.prepared?.view ?? -1) < known.committed
        )
          yield `${peer.name} forgot its lock in a view change`
        break
      default:
        break
    }
  }

  return {
    property: 'S1',
    *sent(peer, bytes) {
      const again = last.get(peer) === bytes
      last.set(peer, bytes)
      const frame = again ? undefined : decodeFrame(bytes)
      if (frame?.type !== 'agreement') return
      const { message } = frame
      if (!peer.honest || peer.disk.lied) {
        if (message.type === 'prepare') count(tallyOf(tallies, message).prepares, message, peer)
        if (message.type === 'commit') count(tallyOf(tallies, message).commits, message, peer)
        return
      }
      yield* look(peer, message)
      const kind = RECORDS[message.type]
      const record = kind === undefined ? undefined : peer.disk.durable(`vote/${message.account}/${kind}`)
      if (kind !== undefined && (record === undefined || heightIn(record) < message.height)) {
        yield `${peer.name} sent a ${message.type} that its disk does not back`
      }
    },
  }
}

/** The record that must be on the disk before a message leaves. */
const RECORDS: Partial<Record<AgreementMessage['type'], string>> = {
  commit: 'lock',
  header: 'signed',
  'view-change': 'promise',
}

function tallyOf(tallies: Map<string, Tally>, { account, epoch, height }: Position): Tally {
  const name = `${epoch}/${account}`
  const known = tallies.get(name)
  if (known !== undefined && known.height >= height) return known
  const tally = { height, prepares: new Map(), commits: new Map() }
  tallies.set(name, tally)
  return tally
}

function count(
  votes: Map<string, Set<number>>,
  { view, digest }: { view: number; digest: string },
  peer: SimPeer,
): void {
  const name = `${view}/${digest}`
  votes.set(name, (votes.get(name) ?? new Set()).add(peer.options.index))
}

function saidAt(said: Map<string, Said>, peer: SimPeer, { account, epoch, height }: Position): Said | undefined {
  const name = `${peer.options.index}/${account}/${epoch}`
  const known = said.get(name) ?? { height, prepared: new Map(), header: '', promised: 0, committed: -1 }
  said.set(name, known)
  if (height < known.height) return undefined
  if (height > known.height) {
    Object.assign(known, { height, header: '', promised: 0, committed: -1 })
    known.prepared.clear()
  }
  return known
}

const heights = new WeakMap<Uint8Array, number>()

function heightIn(record: Uint8Array): number {
  const known = heights.get(record)
  if (known !== undefined) return known
  const value = decode(record)
  const height =
    value !== null && typeof value === 'object' && 'height' in value ? Number(value['height' as keyof typeof value]) : 0
  heights.set(record, height)
  return height
}
