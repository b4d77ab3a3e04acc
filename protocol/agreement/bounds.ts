/**
 * Bounds: what one contribution may hold, so that q of them always fit one frame. A witness checks them before it keeps
 * a contribution and before it prepares an entry, so whatever was prepared can be sent (B1).
 */
import { limits } from '../limits.ts'
import type { Plain } from '../wire/canonical.ts'
import type { Application } from './application.ts'
import type { Contribution } from './contribution.ts'
import type { Bodies } from './entry.ts'

/** Bytes of the signed inputs and offers that one contribution may name. Those of an entry are at most q times that. */
export const NAMED_BYTES_MAX: number = limits.contributionBytes + 2 * limits.offersPerContribution * limits.offerBytes

/** Bytes of a member's name, a head of CBOR or a number: more than any of them takes in a message of agreement. */
const OVERHEAD_BYTES = 16

/**
 * True if all that `contribution` names is in `bodies`, has a place in this log, and is no more than one contribution
 * may name; an id that is named twice counts once. The same for every witness at one height. Looks at no signature.
 */
export function isWithinBounds(contribution: Contribution, bodies: Bodies, application: Application): boolean {
  let inputs = 0
  let offers = 0
  let inputBytes = 0
  for (const id of new Set(contribution.inputs)) {
    const envelope = bodies.get(id)
    const kind = envelope === undefined ? undefined : application.kindOf(envelope)
    if (envelope === undefined || kind === undefined) return false
    if (kind === 'input') {
      inputs++
      inputBytes += envelope.raw.length
    } else {
      offers++
      if (envelope.raw.length > limits.offerBytes) return false
    }
  }
  if (offers > 2 * limits.offersPerContribution) return false
  return inputs <= limits.inputsPerEntry && inputBytes <= limits.contributionBytes
}

/**
 * Bytes that `value` takes in a frame, rounded up: its strings and byte strings, and {@link OVERHEAD_BYTES} a value.
 */
export function frameBytesOf(value: Plain): number {
  if (typeof value === 'string') return OVERHEAD_BYTES + 3 * value.length
  if (value instanceof Uint8Array) return OVERHEAD_BYTES + value.length
  if (value === null || typeof value !== 'object') return OVERHEAD_BYTES
  let bytes = OVERHEAD_BYTES
  for (const member of Array.isArray(value) ? value : Object.values(value))
    bytes += OVERHEAD_BYTES + frameBytesOf(member)
  return bytes
}

/** Bytes of the signed inputs in `bodies`. */
export function bytesOf(bodies: Bodies): number {
  let bytes = 0
  for (const { raw } of bodies.values()) bytes += raw.length
  return bytes
}
