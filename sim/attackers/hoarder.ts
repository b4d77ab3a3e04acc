/**
 * An attacker on the order of things: a witness that contributes whatever was ever signed, and a replica that answers
 * with old fences.
 */
import type { Effect } from '#node/core/effects.ts'
import { accountOf, type Input, readInput, sealAccept, sealCommitment } from '#protocol/account/inputs.ts'
import { readContribution, sealContribution } from '#protocol/agreement/contribution.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import { decodeFrame, type Frame } from '#protocol/messages/frame.ts'
import { type Envelope, readEnvelope } from '#protocol/wire/envelope.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import type { Chance } from '../world/random.ts'
import type { Behaviour } from '../world/watched-core.ts'

const KEPT = 256
const ADDED = 24

/**
 * Honest witnesses contribute only what the next entry can serve, so `step` hardly ever sees a number too early, a job
 * for the second time, a statement about a lost seat, a result before the reveal. This witness names them all, and of
 * jobs only those that come too early.
 */
export function hoarder(signer: Signer, domain: Uint8Array, chance: Chance): Behaviour {
  const hoard = new Map<string, Input>()
  const keep = (raw: Uint8Array): void => {
    const envelope = readEnvelope(raw, domain)
    const input = envelope && readInput(envelope, domain)
    if (envelope === undefined || input === undefined || accountOf(input) === undefined) return
    hoard.set(envelope.id, input)
    if (hoard.size > KEPT) for (const oldest of hoard.keys()) if (hoard.delete(oldest)) break
  }
  return {
    name: 'hoarder',
    hear: (event) => {
      const frame = event.type === 'message' ? decodeFrame(event.bytes) : undefined
      for (const raw of frame === undefined ? [] : signedIn(frame)) keep(raw)
      return event
    },
    say: (effects) =>
      effects.map((effect): Effect => {
        if (effect.type !== 'send') return effect
        const { frame } = effect
        if (frame.type === 'agreement')
          return { ...effect, frame: { type: 'agreement', message: stuffed(frame.message, [...hoard.values()]) } }
        if (frame.type !== 'inputs') return effect
        const inputs = frame.inputs.map((raw) => outdated(raw, signer, domain))
        for (const raw of inputs) keep(raw)
        return { ...effect, frame: { type: 'inputs', inputs } }
      }),
  }

  function stuffed(message: AgreementMessage, all: readonly Input[]): AgreementMessage {
    if (message.type !== 'contribute') return message
    const envelope = readEnvelope(message.contribution, domain)
    const contribution = envelope && readContribution(envelope, domain)
    if (contribution === undefined) return message
    const { envelope: _envelope, ...statement } = contribution
    const own = all.filter((input) => accountOf(input) === message.account)
    const added = chance.sample(own, Math.min(ADDED, own.length)).map((input) => input.envelope)
    const early = new Set(own.filter(({ kind }) => kind === 'job').map((input) => input.envelope.id))
    const inputs = new Set([...contribution.inputs.filter((id) => !early.has(id)), ...added.map(({ id }) => id)])
    const sealed = sealContribution({ ...statement, inputs: [...inputs] }, domain, signer)
    return {
      ...message,
      contribution: sealed.envelope.raw,
      bodies: [...message.bodies, ...added.map(({ raw }: Envelope) => raw)],
    }
  }
}

function signedIn(frame: Frame): readonly Uint8Array[] {
  if (frame.type === 'inputs') return frame.inputs
  return frame.type === 'agreement' && 'bodies' in frame.message ? frame.message.bodies : []
}

/** For every second job its accept and its commitment, with the fence before. */
function outdated(raw: Uint8Array, signer: Signer, domain: Uint8Array): Uint8Array {
  const envelope = readEnvelope(raw, domain)
  const input = envelope && readInput(envelope, domain)
  if (envelope?.signer !== signer.key || (input?.kind !== 'accept' && input?.kind !== 'commitment')) return raw
  const { statement } = input
  if (statement.job.charCodeAt(statement.job.length - 1) % 2 === 0 || statement.fence === 0) return raw
  const fence = statement.fence - 1
  if (input.kind === 'accept') return sealAccept({ ...statement, fence }, domain, signer).raw
  return sealCommitment({ ...input.statement, fence }, domain, signer).raw
}
