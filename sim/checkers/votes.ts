/**
 * S1 at its root: what one honest witness says, over all its lives. At most one header per height, one digest prepared per view, no
 * vote below a view that it promised, and nothing that its disk does not back.
 */
import type { Effect } from '#node/core/effects.ts'
import type { AgreementMessage } from '#protocol/agreement/messages.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { toHex } from '#protocol/wire/hash.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { SimPeer } from '../world/peer.ts'
import type { Checker } from './checker.ts'

/** What a witness said about one account's newest height. */
interface Said {
  height: number
  readonly prepared: Map<number, string>
  header: string
  promised: number
}

type Place = { account: WalletKey; epoch: number; height: number }

export function votes(): Checker {
  const said = new Map<string, Said>()
  /** Highest height with a durable record, by peer, account and kind: asked for in an effect before the vote. */
  const backed = new Map<string, number>()

  function* look(peer: SimPeer, message: AgreementMessage): Iterable<string> {
    const known = placeOf(said, peer, message)
    if (known === undefined) return
    switch (message.type) {
      case 'prepare': {
        const before = known.prepared.get(message.view)
        if (before !== undefined && before !== message.digest) yield `${peer.name} prepared two entries in one view`
        if (message.view < known.promised) yield `${peer.name} prepared below a view that it had left`
        known.prepared.set(message.view, message.digest)
        break
      }
      case 'commit':
        if (message.view < known.promised) yield `${peer.name} committed below a view that it had left`
        yield* durable(peer, message, 'lock')
        break
      case 'header': {
        const header = toHex(message.headerBytes)
        if (known.header !== '' && known.header !== header) yield `${peer.name} signed two headers of one height`
        known.header = header
        yield* durable(peer, message, 'signed')
        break
      }
      case 'view-change':
        known.promised = Math.max(known.promised, message.change.view)
        yield* durable(peer, message, 'promise')
        break
      default:
        break
    }
  }

  function* durable(peer: SimPeer, { account, height }: Place, kind: string): Iterable<string> {
    const recorded = backed.get(`${peer.options.index}/${account}/${kind}`) ?? 0
    if (recorded < height) yield `${peer.name} said a ${kind} that is not on its disk`
  }

  return {
    property: 'S1',
    *said(peer, effects) {
      if (!peer.honest || peer.disk.lied) return
      let last: Effect | undefined
      for (const effect of effects) {
        if (effect.type === 'write' && effect.durable) remember(backed, peer, effect)
        if (effect.type !== 'send' || effect.frame.type !== 'agreement') continue
        const same = last?.type === 'send' && last.frame === effect.frame
        last = effect
        if (!same) yield* look(peer, effect.frame.message)
        if (effect.lane !== effect.frame.message.account) yield `${peer.name} sent a vote without waiting for its disk`
      }
    },
  }
}

function placeOf(said: Map<string, Said>, peer: SimPeer, { account, epoch, height }: Place): Said | undefined {
  const name = `${peer.options.index}/${account}/${epoch}`
  const known = said.get(name) ?? { height, prepared: new Map(), header: '', promised: 0 }
  said.set(name, known)
  if (height < known.height) return undefined
  if (height > known.height) {
    known.height = height
    known.prepared.clear()
    known.header = ''
    known.promised = 0
  }
  return known
}

function remember(
  backed: Map<string, number>,
  peer: SimPeer,
  { changes, lane }: Extract<Effect, { type: 'write' }>,
): void {
  for (const change of changes) {
    if (!('put' in change) || !change.put.startsWith('vote/')) continue
    const [, account = '', kind = ''] = change.put.split('/')
    if (lane !== account) continue
    backed.set(`${peer.options.index}/${account}/${kind}`, heightIn(change.value))
  }
}

function heightIn(value: Uint8Array): number {
  const record = decode(value)
  return record !== null && typeof record === 'object' && 'height' in record
    ? Number(record['height' as keyof typeof record])
    : 0
}
