/** Attackers on the agreement: they hold a witness's key and use it to lie. */
import type { Effect } from '#node/core/effects.ts'
import { readContribution, sealContribution } from '#protocol/agreement/contribution.ts'
import { makeEntry, readEntry } from '#protocol/agreement/entry.ts'
import { signPrepare } from '#protocol/agreement/signed-votes.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import { readEnvelope } from '#protocol/wire/envelope.ts'
import { toHex } from '#protocol/wire/hash.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import type { Behaviour } from '../world/watched-core.ts'

type Send = Extract<Effect, { type: 'send' }>

/** Tells one half of the committee one thing and the other half another: proposals, prepare votes and headers. */
export function equivocator(signer: Signer, domain: Uint8Array): Behaviour {
  return {
    name: 'equivocator',
    say: (effects) =>
      effects.map((effect) => (half(effect) ? bend(effect, (message) => twist(message, signer, domain)) : effect)),
  }
}

/** Names no input in its contributions and forwards none: it tries to keep jobs out of the log. */
export function censor(signer: Signer, domain: Uint8Array): Behaviour {
  return {
    name: 'censor',
    say: (effects) =>
      effects
        .filter((effect) => effect.type !== 'send' || effect.frame.type !== 'inputs')
        .map((effect) => bend(effect, (message) => emptied(message, signer, domain))),
  }
}

function half(effect: Effect): effect is Send {
  return effect.type === 'send' && effect.to.charCodeAt(effect.to.length - 1) % 2 === 0
}

function bend(effect: Effect, change: (message: AgreementMessage) => AgreementMessage): Effect {
  if (effect.type !== 'send' || effect.frame.type !== 'agreement') return effect
  return { ...effect, frame: { type: 'agreement', message: change(effect.frame.message) } }
}

function twist(message: AgreementMessage, signer: Signer, domain: Uint8Array): AgreementMessage {
  switch (message.type) {
    case 'prepare': {
      const digest = message.digest.replace(/^./, message.digest.startsWith('0') ? '1' : '0')
      return { ...message, digest, signature: signPrepare({ ...message, domain }, { ...message, digest }, signer) }
    }
    case 'commit':
      return { ...message, digest: toHex(new Uint8Array(32)) }
    case 'header': {
      const headerBytes = Uint8Array.from(message.headerBytes)
      headerBytes[72] = (headerBytes[72] ?? 0) ^ 1
      return { ...message, headerBytes, signature: signer.sign(headerBytes) }
    }
    case 'propose': {
      const entry = readEntry(message.entry, domain)
      if (entry === undefined) return message
      return { ...message, entry: makeEntry({ ...entry, contributions: [...entry.contributions].reverse() }).raw }
    }
    default:
      return message
  }
}

function emptied(message: AgreementMessage, signer: Signer, domain: Uint8Array): AgreementMessage {
  if (message.type !== 'contribute') return message
  const envelope = readEnvelope(message.contribution, domain)
  const contribution = envelope && readContribution(envelope, domain)
  if (contribution === undefined) return message
  const { envelope: _envelope, ...statement } = contribution
  const empty = sealContribution({ ...statement, inputs: [], overdue: [] }, domain, signer)
  return { ...message, contribution: empty.envelope.raw, bodies: [] }
}
