/** Attackers with a witness's key that make what they may say as large as it may be, and larger. */
import { readContribution, sealContribution } from '#protocol/agreement/contribution.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { type Envelope, readEnvelope } from '#protocol/wire/envelope.ts'
import type { Signer, WalletKey } from '#protocol/wire/keys.ts'
import { DOMAIN } from '../world/ledger.ts'
import type { Behaviour } from '../world/watched-core.ts'
import type { AttackerParts } from './attacker-parts.ts'
import { Overheard, paced, toEach } from './overheard.ts'
import { junkStatement } from './squatter.ts'

const MiB = 2 ** 20
/** Junk results in a contribution, of nearly a MiB each: what fits, what does not, and what no frame holds twice. */
const BODIES = [1, 3, 4, 15]
/** Bytes in all, so that a run ends. */
const BUDGET = 96 * MiB

/** Contributes results of nearly a MiB that nobody asked for: a leader that takes them has no room for other inputs. */
export function fat({ signer, chance }: AttackerParts): Behaviour {
  let left = BUDGET
  const junk = new Map<WalletKey, Envelope[]>()

  function bodiesFor(account: WalletKey, count: number): Envelope[] {
    const made = junk.get(account) ?? []
    junk.set(account, made)
    while (made.length < count) {
      const body = new Uint8Array(MiB - 1_024).fill(made.length)
      const raw = junkStatement({ account, job: blobCid(body), fence: 1 }, { by: signer, kind: 2, body })
      const envelope = readEnvelope(raw, DOMAIN)
      if (envelope !== undefined) made.push(envelope)
    }
    return made.slice(0, count)
  }

  function fattened(message: AgreementMessage): AgreementMessage {
    if (message.type !== 'contribute' && message.type !== 'view-change') return message
    if (message.contribution === null || left <= 0) return message
    const envelope = readEnvelope(message.contribution, DOMAIN)
    const contribution = envelope && readContribution(envelope, DOMAIN)
    if (contribution === undefined) return message
    const added = bodiesFor(message.account, chance.pick(BODIES))
    left -= added.length * MiB
    const { envelope: _envelope, ...statement } = contribution
    const inputs = [...contribution.inputs, ...added.map(({ id }) => id)]
    const sealed = sealContribution({ ...statement, inputs }, DOMAIN, signer)
    const bodies = [...message.bodies, ...added.map(({ raw }) => raw)]
    return { ...message, contribution: sealed.envelope.raw, bodies }
  }

  return {
    name: 'fat',
    say: (effects) =>
      effects.map((effect) => {
        if (effect.type !== 'send' || effect.frame.type !== 'agreement') return effect
        return { ...effect, frame: { type: 'agreement', message: fattened(effect.frame.message) } }
      }),
  }
}

/** Messages that are kept until their height begins have been up to a MiB. */
const EARLY_BYTES = MiB - 4_096
const EARLY_EVERY_MS = 400
const EARLY_TIMES = 16

/** Tells every witness of the next height before it begins, in messages of every kind that can be large. */
export function hasty({ signer, others, chance }: AttackerParts): Behaviour {
  const overheard = new Overheard(DOMAIN)
  const due = paced({ everyMs: EARLY_EVERY_MS, times: EARLY_TIMES })
  return {
    name: 'hasty',
    hear: (event) => overheard.hear(event),
    say: (effects, now) => {
      const accounts = [...overheard.heights]
      if (accounts.length === 0 || !due(now)) return effects
      const [account, { epoch, height }] = chance.pick(accounts)
      // The last message of a height is its header: who sent it is at the next one.
      const ahead = height + chance.int(1, 2)
      const message = early({ account, epoch, height: ahead }, { signer, kind: chance.int(0, 3) })
      return [...effects, ...toEach(others(), { type: 'agreement', message })]
    },
  }
}

type Position = Pick<AgreementMessage, 'account' | 'epoch' | 'height'>

/** A message of the right shape that says nothing, in {@link EARLY_BYTES}. */
function early(position: Position, { signer, kind }: { signer: Signer; kind: number }): AgreementMessage {
  const junk = new Uint8Array(EARLY_BYTES)
  const contribution = new Uint8Array(64)
  const change = { from: signer.key, view: 1, prepared: null, signature: new Uint8Array(64) }
  if (kind === 0) return { type: 'contribute', ...position, contribution, bodies: [junk] }
  if (kind === 1) return { type: 'propose', ...position, view: 0, entry: junk, bodies: [], changes: [] }
  if (kind === 2) return { type: 'view-change', ...position, change, contribution: null, bodies: [junk] }
  return { type: 'decision', ...position, certificate: new Uint8Array(64), entry: junk, bodies: [] }
}
