/** Signed inputs by id: read from a message, and found wherever this witness holds them. */
import { type Envelope, readEnvelope, verifyEnvelope } from '../wire/envelope.ts'
import { NAMED_BYTES_MAX } from './bounds.ts'
import type { SignedContribution } from './contribution.ts'
import { NAMED_MAX } from './contribution.ts'
import { type Bodies, type Entry, inputIds } from './entry.ts'
import type { Instance } from './instance.ts'

/**
 * The signed inputs in `list` by id. What cannot be read, or is not signed by its signer for this network, is left
 * out: an id does not name the signature. Costs a verification each, the first time.
 */
export function bodiesOf(domain: Uint8Array, list: readonly Uint8Array[]): Map<string, Envelope> {
  const bodies = new Map<string, Envelope>()
  for (const raw of list) {
    const envelope = readEnvelope(raw, domain)
    if (envelope !== undefined && verifyEnvelope(envelope, domain)) bodies.set(envelope.id, envelope)
  }
  return bodies
}

/**
 * The signed inputs in `list` that have one of `ids` and a place in this log, verified; none if `list` is more than
 * `most` contributions may name. Cheapest first: bytes, then what was asked for, then the signature; what nobody named
 * costs none.
 */
export function namedBodies(
  { application, domain }: Pick<Instance, 'application' | 'domain'>,
  list: readonly Uint8Array[],
  { ids, most }: { readonly ids: readonly string[]; readonly most: number },
): Map<string, Envelope> {
  const bodies = new Map<string, Envelope>()
  let bytes = 0
  for (const raw of list) bytes += raw.length
  if (list.length > most * NAMED_MAX || bytes > most * NAMED_BYTES_MAX) return bodies
  const named = new Set(ids)
  for (const raw of list) {
    const envelope = readEnvelope(raw, domain)
    if (envelope === undefined || !named.has(envelope.id) || bodies.has(envelope.id)) continue
    if (application.kindOf(envelope) === undefined || !verifyEnvelope(envelope, domain)) continue
    bodies.set(envelope.id, envelope)
  }
  return bodies
}

/**
 * The signed input `id`, wherever this witness holds it: its log, its lock, what others sent with messages of this
 * height.
 */
export function findBody(instance: Instance, id: string): Envelope | undefined {
  const own = instance.application.body(id) ?? instance.voting.prepared?.bodies.get(id)
  if (own !== undefined) return own
  const { bodies, locks } = instance.collecting
  for (const held of [...bodies.values(), ...[...locks.values()].map((lock) => lock.bodies)]) {
    const envelope = held.get(id)
    if (envelope !== undefined) return envelope
  }
  for (const proposal of instance.proposing.known.values()) {
    const envelope = proposal.bodies.get(id)
    if (envelope !== undefined) return envelope
  }
  return undefined
}

/**
 * The inputs of `entry` as far as they are in `bodies` or held here: those of `bodies` first. The caller looks for
 * gaps.
 */
export function withKnown(instance: Instance, entry: Entry, bodies: Bodies): Bodies {
  const complete = new Map<string, Envelope>()
  for (const id of inputIds(entry)) {
    const envelope = bodies.get(id) ?? findBody(instance, id)
    if (envelope !== undefined) complete.set(id, envelope)
  }
  return complete
}

/** The {@link namedBodies} of an entry: those that its contributions name. */
export function entryBodies(instance: Instance, entry: Entry, list: readonly Uint8Array[]): Map<string, Envelope> {
  return namedBodies(instance, list, { ids: inputIds(entry), most: entry.contributions.length })
}

/** All bodies of the inputs that `contributions` name; `undefined` if one is missing. */
export function unionBodies(instance: Instance, contributions: readonly SignedContribution[]): Bodies | undefined {
  const bodies = new Map<string, Envelope>()
  for (const id of inputIds({ contributions })) {
    const envelope = findBody(instance, id)
    if (envelope === undefined) return undefined
    bodies.set(id, envelope)
  }
  return bodies
}
