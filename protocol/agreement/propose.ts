/** Propose: the leader makes an entry of q contributions, or proposes again what may already have been decided. */
import type { AgreementMessageOf, Prepared, ViewChange } from '../messages/agreement.ts'
import { encodeHeader } from '../wire/header.ts'
import type { PeerKey } from '../wire/keys.ts'
import { acceptProposal, highestPrepared, remember } from './accept.ts'
import { unionBodies, withKnown } from './bodies.ts'
import { ownContribution, takeContribution } from './collect.ts'
import type { SignedContribution } from './contribution.ts'
import type { AgreementEffect } from './effects.ts'
import { type Bodies, type Entry, inputIds, makeEntry, readEntry } from './entry.ts'
import { changesToView, type Instance, isLeader, messagePosition, others } from './instance.ts'
import { withoutEntry } from './signed-votes.ts'

/** An entry with the inputs that it names, as far as they are here. */
interface Made {
  readonly entry: Entry
  readonly bodies: Bodies
}

/** As leader: proposes, once per view, when q contributions (and above view 0, q view changes) are here. */
export function maybePropose(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  const { proposing } = instance
  const { number: view, least } = instance.view
  if (instance.abstains || !isLeader(instance) || proposing.proposedView >= view || view < least) return
  const { q } = instance.position.committee
  const usable = view > 0 ? changesToView(instance).filter((change) => isReproposable(instance, change)) : []
  if (view > 0 && usable.length < q) return
  const changes = usable.slice(0, q)
  const locked = highestPrepared(changes)
  const made = locked === undefined ? freshEntry(instance) : lockedEntry(instance, locked)
  if (made === undefined) return
  proposing.proposedView = view
  proposing.justification = changes
  sendProposal(instance, made, out)
  acceptProposal(instance, { view, ...made }, nowMs, out)
}

/** Sends the proposal, without the inputs that its reader named in a contribution of its own: it holds those. */
function sendProposal(instance: Instance, { entry, bodies }: Made, out: AgreementEffect[]): void {
  const { contributions } = instance.collecting
  const sent = new Map<string, { to: PeerKey[]; message: AgreementMessageOf<'propose'> }>()
  for (const peer of others(instance)) {
    const named = new Set(contributions.get(peer)?.inputs)
    const missing = [...bodies.keys()].filter((id) => !named.has(id))
    const name = missing.join()
    const known = sent.get(name)
    if (known !== undefined) {
      known.to.push(peer)
      continue
    }
    const { proposedView: view, justification } = instance.proposing
    const raws = missing.flatMap((id) => bodies.get(id)?.raw ?? [])
    const parts = { view, entry: entry.raw, bodies: raws, changes: justification.map(withoutEntry) }
    sent.set(name, { to: [peer], message: { type: 'propose', ...messagePosition(instance), ...parts } })
  }
  for (const { to, message } of sent.values()) out.push({ type: 'send', to, message })
}

/**
 * An entry of q contributions. Only what this leader itself could prepare: what it relies on is here, so the others
 * can get it here.
 */
function freshEntry(instance: Instance): Made | undefined {
  const { position, collecting, self } = instance
  const { witnesses, q } = position.committee
  if (collecting.contributions.size < q || !collecting.contributions.has(self)) return undefined
  const fresh = ownContribution(instance)
  takeContribution(instance, fresh.contribution, fresh.bodies)
  const contributions = witnesses.flatMap((peer) => collecting.contributions.get(peer) ?? [])
  const all = inTurn(contributions, instance)
  const made = entryOf(instance, all.slice(0, q))
  if (made !== undefined) return made
  const sound = all.filter((contribution) => entryOf(instance, [contribution]) !== undefined)
  return sound.length < q ? undefined : entryOf(instance, sound.slice(0, q))
}

/** The entry of `contributions`; `undefined` if one of them would void it or relies on what is not here. */
function entryOf(instance: Instance, contributions: readonly SignedContribution[]): Made | undefined {
  const { application, position, self } = instance
  const bodies = unionBodies(instance, contributions)
  if (bodies === undefined) return undefined
  const { previous } = position
  const { previousSignatures } = instance.proposing
  const parts = { ...messagePosition(instance), previous, proposer: self, contributions, previousSignatures }
  const entry = makeEntry(parts)
  if (!application.ready(entry, bodies)) return undefined
  const header = application.apply(entry, bodies)
  if (header === undefined) return undefined
  // Applied once: the leader's own acceptance finds it here. Single contributions are only tried.
  if (contributions.length === position.committee.q)
    remember(instance, { view: instance.view.number, entry, bodies, header, headerBytes: encodeHeader(header) })
  return { entry, bodies }
}

/**
 * `all` with this witness's own first. Then those that name what f + 1 witnesses do and this one does not: at least one
 * honest one vouches for it. Then those that name anything else. Else the committee takes turns by height, so what one
 * witness alone names waits for few heights, and naming more is of no use to anybody.
 */
function inTurn(all: readonly SignedContribution[], { position, self }: Instance): SignedContribution[] {
  const { witnesses, f } = position.committee
  const own = new Set(all.find(({ envelope }) => envelope.signer === self)?.inputs)
  const named = new Map<string, number>()
  for (const { inputs } of all) for (const id of new Set(inputs)) named.set(id, (named.get(id) ?? 0) + 1)
  const ranked = all.map((contribution) => {
    const { signer } = contribution.envelope
    const news = contribution.inputs.filter((id) => !own.has(id))
    const vouched = new Set(news.filter((id) => (named.get(id) ?? 0) > f)).size
    const turn = (witnesses.indexOf(signer) + position.height) % witnesses.length
    return { contribution, isOwn: signer === self, vouched, hasNews: news.length > 0, turn }
  })
  ranked.sort(
    (a, b) =>
      Number(b.isOwn) - Number(a.isOwn) ||
      b.vouched - a.vouched ||
      Number(b.hasNews) - Number(a.hasNews) ||
      a.turn - b.turn,
  )
  return ranked.map(({ contribution }) => contribution)
}

/** False for a view change whose preparation cannot be proposed again, because its inputs were kept back. */
function isReproposable(instance: Instance, change: ViewChange): boolean {
  if (change.prepared === null) return true
  const made = lockedEntry(instance, change.prepared)
  return made !== undefined && inputIds(made.entry).every((id) => made.bodies.has(id))
}

function lockedEntry(instance: Instance, locked: Prepared): Made | undefined {
  const entry = readEntry(locked.entry, instance.domain)
  if (entry === undefined || entry.digest !== locked.digest) return undefined
  return { entry, bodies: withKnown(instance, entry, new Map()) }
}
