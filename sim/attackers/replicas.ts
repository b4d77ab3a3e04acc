/** Attackers that are replicas. Those that only give wrong results are tempers of the executor; these do more. */

import type { Effect } from '#node/core/effects.ts'
import { readInput, sealCommitment, sealRefusal, sealResult } from '#protocol/account/inputs.ts'
import { type Load, type Profile, sealLoad, sealProfile } from '#protocol/membership/offer.ts'
import { decodeFrame, type Frame } from '#protocol/messages/frame.ts'
import { commitmentHash } from '#protocol/verification/commitment.ts'
import { readEnvelope } from '#protocol/wire/envelope.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import type { Behaviour } from '../world/watched-core.ts'

/**
 * Commits to nothing of worth at once, and reveals what it heard of other replicas' results (as a witness it hears
 * them), with a new commitment to it. A commitment is bound to one output, and none is taken after the reveal began, so
 * this must never pay.
 */
export function copier(signer: Signer, domain: Uint8Array): Behaviour {
  const seen = new Map<string, { digest: string; output: string; logs: string; body: Uint8Array }>()
  return {
    name: 'copier',
    hear: (event) => {
      const frame = event.type === 'message' ? decodeFrame(event.bytes) : undefined
      if (frame?.type !== 'inputs') return event
      for (const raw of frame.inputs) {
        const envelope = readEnvelope(raw, domain)
        const input = envelope && readInput(envelope, domain)
        if (input?.kind === 'result' && seen.size < 256) seen.set(input.statement.job, input.statement)
      }
      return event
    },
    say: (effects) => effects.map((effect) => copied(effect, seen, signer, domain)),
  }
}

type Seen = ReadonlyMap<string, { digest: string; output: string; logs: string; body: Uint8Array }>

function copied(effect: Effect, seen: Seen, signer: Signer, domain: Uint8Array): Effect {
  if (effect.type !== 'send' || effect.frame.type !== 'inputs') return effect
  const inputs = effect.frame.inputs.flatMap((raw) => {
    const envelope = readEnvelope(raw, domain)
    const input = envelope && readInput(envelope, domain)
    if (envelope?.signer !== signer.key || (input?.kind !== 'commitment' && input?.kind !== 'result')) return [raw]
    const { account, job, fence } = input.statement
    const known = seen.get(job)
    const nonce = new Uint8Array(32)
    if (known === undefined) {
      if (input.kind === 'result') return []
      return [sealCommitment({ account, job, fence, hash: '0'.repeat(64) }, domain, signer).raw]
    }
    const hash = commitmentHash({ jobId: job, fence, peer: signer.key, outputDigest: known.digest, nonce })
    const seat = { account, job, fence }
    const result = { ...seat, ...known, status: 'done' as const, code: '' as const, nonce, meterMs: 1_000 }
    const { digest, output, logs, body, status, code, meterMs } = result
    const statement = { ...seat, status, code, digest, nonce, output, logs, meterMs, body }
    return [sealCommitment({ ...seat, hash }, domain, signer).raw, sealResult(statement, domain, signer).raw]
  })
  return { ...effect, frame: { type: 'inputs', inputs } }
}

/** Beyond any clock, and still a whole number that messages may hold. */
const FOR_EVER_MS = 2 ** 52
/** What its offers are numbered from, so that they count for more than those that its core signs. */
const NUMBERS_FROM = 2 ** 48
const ABSURD = { slots: 4_096, speedMilli: 1_000_000, pricePerSecond: 0n } as const

/** Offers that live for ever, cost nothing, and are of a machine that nobody has. */
export function eternal(signer: Signer, domain: Uint8Array): Behaviour {
  const seal = (raw: Uint8Array): Uint8Array => {
    const envelope = readEnvelope(raw, domain)
    const input = envelope?.signer === signer.key ? readInput(envelope, domain) : undefined
    const forEver = (seq: number) => ({ seq: NUMBERS_FROM + seq, expiresMs: FOR_EVER_MS })
    if (input?.kind === 'profile') {
      const profile: Profile = { ...input.profile, ...ABSURD, ...forEver(input.profile.seq) }
      return sealProfile(profile, domain, signer).raw
    }
    if (input?.kind !== 'load') return raw
    const load: Load = { ...forEver(input.load.seq), freeSlots: ABSURD.slots, backlogMs: 0 }
    return sealLoad(load, domain, signer).raw
  }
  const sealed = new WeakMap<Frame, Frame>()
  return {
    name: 'eternal',
    say: (effects) =>
      effects.map((effect) => {
        if (!('frame' in effect) || effect.frame.type !== 'offers') return effect
        const { frame } = effect
        const known = sealed.get(frame) ?? { type: 'offers' as const, offers: frame.offers.map(seal) }
        sealed.set(frame, known)
        return { ...effect, frame: known }
      }),
  }
}

/** Offers like everybody, and says that it is busy to every ticket that it gets. */
export function refuser(signer: Signer, domain: Uint8Array): Behaviour {
  const refused = (raw: Uint8Array): Uint8Array => {
    const envelope = readEnvelope(raw, domain)
    const input = envelope?.signer === signer.key ? readInput(envelope, domain) : undefined
    if (input?.kind !== 'accept' && input?.kind !== 'commitment') return raw
    const { account, job, fence } = input.statement
    return sealRefusal({ account, job, fence, reason: 'busy', detail: 'later' }, domain, signer).raw
  }
  return {
    name: 'refuser',
    say: (effects) =>
      effects.map((effect) => {
        if (effect.type !== 'send' || effect.frame.type !== 'inputs') return effect
        return { ...effect, frame: { type: 'inputs', inputs: effect.frame.inputs.map(refused) } }
      }),
  }
}
