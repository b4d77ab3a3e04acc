/** What a peer takes from others without having asked for it: nothing of it is stored, and nothing of it is told. */
import type { Effect, Event } from '#node/core/effects.ts'
import { cidOf } from '#node/core/store-keys.ts'
import { readInput } from '#protocol/account/inputs.ts'
import { decodeFrame } from '#protocol/messages/frame.ts'
import { readEnvelope } from '#protocol/wire/envelope.ts'
import { DOMAIN } from '../world/ledger.ts'
import type { SimPeer } from '../world/peer.ts'
import type { Checker } from './checker.ts'
import { SeatHolders } from './seats.ts'

/**
 * What was not asked for is not kept: a blob that an honest peer fetches or stores is one that its own run made, its
 * own user brought, or that a seat holder's result names. And what a program prints is told only if a seat holder says
 * so.
 */
export function unasked(): Checker {
  const seats = new SeatHolders()
  /** Names of outputs and logs of seat holders' results that anybody has heard. */
  const ofResults = new Set<string>()
  /** True while a peer handles what comes from itself: its user, its run. */
  let isOwn = false

  function* stored(peer: SimPeer, effect: Extract<Effect, { type: 'write' }>): Iterable<string> {
    for (const change of effect.changes) {
      const cid = 'put' in change ? cidOf(change.put) : undefined
      if (cid !== undefined && !isOwn && !ofResults.has(cid)) yield `${peer.name} keeps a blob that it did not ask for`
    }
  }

  return {
    property: 'B1',
    entry(certified) {
      seats.add(certified)
      return []
    },
    heard(_peer, event) {
      isOwn = event.type === 'ran' || event.type === 'submit'
      for (const cid of namedIn(event, seats)) ofResults.add(cid)
      return []
    },
    *said(peer, effects) {
      if (!peer.honest) return
      for (const effect of effects) {
        if (
          effect.type === 'send' &&
          effect.frame.type === 'want' &&
          !effect.frame.cids.every((cid) => ofResults.has(cid))
        )
          yield `${peer.name} fetches a blob that no result of a seat holder names`
        if (effect.type === 'write') yield* stored(peer, effect)
        if (effect.type !== 'notice' || effect.notice.type !== 'output') continue
        const { job, peer: from } = effect.notice
        if (!seats.has(job, from)) yield `${peer.name} tells what a peer without a seat says that a job prints`
      }
    },
  }
}

/** Names of the outputs and logs of results of seat holders that came in a message. */
function* namedIn(event: Event, seats: SeatHolders): Iterable<string> {
  const frame = event.type === 'message' ? decodeFrame(event.bytes) : undefined
  const bodies = frame?.type === 'agreement' && 'bodies' in frame.message ? frame.message.bodies : []
  for (const raw of frame?.type === 'inputs' ? frame.inputs : bodies) {
    const envelope = readEnvelope(raw, DOMAIN)
    const input = envelope?.kind === 'result' ? readInput(envelope, DOMAIN) : undefined
    if (input?.kind !== 'result' || !seats.has(input.statement.job, input.envelope.signer)) continue
    yield input.statement.output
    yield input.statement.logs
  }
}
