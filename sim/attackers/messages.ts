/** Attackers that need no key of a witness: forged, replayed and endless messages, silence, and offers that lie. */
import type { Effect } from '#node/core/effects.ts'
import { CANCEL, JOB } from '#protocol/account/inputs.ts'
import { type Load, sealLoad } from '#protocol/membership/offer.ts'
import { decodeFrame, type Frame } from '#protocol/messages/frame.ts'
import { encode } from '#protocol/wire/canonical.ts'
import { readEnvelope } from '#protocol/wire/envelope.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { type PeerKey, type Signer, signerFromSeed } from '#protocol/wire/keys.ts'
import { DOMAIN } from '../world/ledger.ts'
import type { Chance } from '../world/random.ts'
import type { Behaviour } from '../world/watched-core.ts'

const KEPT = 256
const FLOOD_FRAMES = 40
const FLOOD_EVERY_MS = 100

/**
 * Changes a byte in signed inputs, receipts and offers that it sends on, and cancels jobs in the name of their wallets,
 * whose signatures it makes up.
 */
export function forger(others: () => readonly PeerKey[], domain: Uint8Array, chance: Chance): Behaviour {
  const forge = (raw: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(raw)
    const index = chance.int(0, copy.length - 1)
    copy[index] = (copy[index] ?? 0) ^ (1 << chance.int(0, 7))
    return copy
  }
  const cancels: Uint8Array[] = []
  return {
    name: 'forger',
    hear: (event) => {
      const frame = event.type === 'message' ? decodeFrame(event.bytes) : undefined
      if (frame?.type !== 'inputs' || cancels.length >= KEPT) return event
      for (const raw of frame.inputs) {
        const job = readEnvelope(raw, domain)
        if (job?.kind !== JOB || !chance.ppm(300_000)) continue
        const body = encode({ account: job.signer, job: job.id })
        cancels.push(encode([CANCEL, job.signer, body, chance.bytes(64)]))
      }
      return event
    },
    say: (effects) => [
      ...effects,
      ...cancels
        .splice(0)
        .flatMap((raw) =>
          others().map(
            (to): Effect => ({ type: 'send', to, channel: 'control', frame: { type: 'inputs', inputs: [raw] } }),
          ),
        ),
      ...effects.flatMap((effect): Effect[] => {
        if (effect.type !== 'send' || !chance.ppm(300_000)) return []
        const frame = forged(effect.frame, forge)
        return frame === undefined ? [] : [{ ...effect, to: chance.pick(others()), frame }]
      }),
    ],
  }
}

/** Sends what it heard before again, to anybody. */
export function replayer(others: () => readonly PeerKey[], chance: Chance): Behaviour {
  const kept: Frame[] = []
  return {
    name: 'replayer',
    hear: (event) => {
      const frame = event.type === 'message' && chance.ppm(200_000) ? decodeFrame(event.bytes) : undefined
      if (frame !== undefined) kept.push(frame)
      if (kept.length > KEPT) kept.splice(chance.int(0, KEPT - 1), 1)
      return event
    },
    say: (effects) =>
      kept.length === 0 || !chance.ppm(300_000)
        ? effects
        : [...effects, { type: 'send', to: chance.pick(others()), channel: 'control', frame: chance.pick(kept) }],
  }
}

/** Sends many frames that are of no use, many times a second. */
export function flooder(others: () => readonly PeerKey[], chance: Chance): Behaviour {
  let nextMs = 0
  return {
    name: 'flooder',
    say: (effects, now) => {
      if (now.monotonicMs < nextMs) return effects
      nextMs = now.monotonicMs + FLOOD_EVERY_MS
      const junk = Array.from({ length: FLOOD_FRAMES }, (): Effect => {
        const frame: Frame = chance.ppm(500_000)
          ? { type: 'inputs', inputs: [chance.bytes(64)] }
          : { type: 'offers', offers: [chance.bytes(64), chance.bytes(64)] }
        return { type: 'send', to: chance.pick(others()), channel: 'control', frame }
      })
      return [...effects, ...junk]
    },
  }
}

/** Offers a thousand fast, free slots that it does not have. */
export function liar(): Behaviour {
  return {
    name: 'liar',
    hear: (event) =>
      event.type === 'capacity'
        ? { ...event, capacity: { ...event.capacity, slots: 1_000, speedMilli: 100_000, pricePerSecond: 1n } }
        : event,
  }
}

/** Hears everything and says nothing: takes its place in committees and tickets. */
export function silent(): Behaviour {
  return { name: 'silent', say: (effects) => effects.filter(({ type }) => type !== 'send' && type !== 'gossip') }
}

/** Keeps its neighbours in the dark: it passes no offers and no inputs on, and answers no question. */
export function eclipser(): Behaviour {
  const kept = new Set(['offers', 'inputs', 'receipt', 'state', 'head', 'blob', 'entry'])
  return {
    name: 'eclipser',
    say: (effects) => effects.filter((effect) => !('frame' in effect) || !kept.has(effect.frame.type)),
  }
}

/**
 * Many identities that are no members, and statements for another network: offers and accepts under keys that nobody
 * registered.
 */
export function stranger(signer: Signer, others: () => readonly PeerKey[], chance: Chance): Behaviour {
  let nextMs = 0
  return {
    name: 'stranger',
    say: (effects, now) => {
      if (now.monotonicMs < nextMs) return effects
      nextMs = now.monotonicMs + FLOOD_EVERY_MS
      const identities = Array.from({ length: 4 }, () => signerFromSeed(chance.bytes(32)))
      const seq = now.wallMs
      const load: Load = { seq, expiresMs: now.wallMs + 60_000, freeSlots: 100, backlogMs: 0 }
      const offers = identities.map((identity) => sealLoad(load, DOMAIN, identity).raw)
      offers.push(sealLoad({ ...load, seq: seq + 1 }, networkDomain('roster:other'), signer).raw)
      return [
        ...effects,
        { type: 'send', to: chance.pick(others()), channel: 'control', frame: { type: 'offers', offers } },
      ]
    },
  }
}

function forged(frame: Frame, forge: (raw: Uint8Array) => Uint8Array): Frame | undefined {
  switch (frame.type) {
    case 'inputs':
      return { ...frame, inputs: frame.inputs.map(forge) }
    case 'offers':
      return { ...frame, offers: frame.offers.map(forge) }
    case 'receipt':
      return { ...frame, receipt: forge(frame.receipt) }
    case 'state':
      return { ...frame, state: forge(frame.state) }
    default:
      return undefined
  }
}
