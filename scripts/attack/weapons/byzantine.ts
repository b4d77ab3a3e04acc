/** Attacks by a peer that takes part in everything, on the real runtime, and twists some of what its core says. */
import { randomBytes } from 'node:crypto'
import { createLog } from '#node/adapters/log/log.ts'
import { defaultSettings } from '#node/config/defaults.ts'
import { pathsFor } from '#node/config/paths.ts'
import type { Effect } from '#node/core/effects.ts'
import { PeerCore } from '#node/core/peer-core.ts'
import { createPeer, type Peer } from '#node/peer/create-peer.ts'
import { ACCEPT, readInput, sealAccept, sealRefusal } from '#protocol/account/inputs.ts'
import { readContribution, sealContribution } from '#protocol/agreement/contribution.ts'
import { limits } from '#protocol/limits.ts'
import type { AgreementMessageOf } from '#protocol/messages/agreement.ts'
import { encodeFrame } from '#protocol/messages/frame.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { type Envelope, readEnvelope, seal } from '#protocol/wire/envelope.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { type Signer, signerFromSeed } from '#protocol/wire/keys.ts'
import type { Briefing } from '../orders.ts'
import type { Weapon } from './weapon.ts'

/** Inputs beside the fat one, so that the leader prefers the contribution for its news. */
const THIN_INPUTS = 250
/**
 * What is left of a frame beside the thin inputs and their ids, less about 1 KiB: the contribution just fits one, and a
 * proposal with it and with two others' does not.
 */
const FAT_BYTES = limits.frameBytes - THIN_INPUTS * 320
const CONNECT_MS = 30_000

interface Twisted {
  readonly effects: readonly Effect[]
  /** Of frames that were put in. */
  readonly bytes: number
}

/** Row 3 from a witness: whenever it contributes to an entry, it names inputs that fill a frame. */
export async function fatWitness(briefing: Briefing): Promise<Weapon> {
  const { domain, signer } = identity(briefing)
  const [account = ''] = briefing.victims
  const thin = Array.from({ length: THIN_INPUTS }, () =>
    sealAccept({ account, job: blobCid(randomBytes(32)), fence: 1 }, domain, signer),
  )
  const fat = [seal('result', { body: randomBytes(FAT_BYTES) }, domain, signer), ...thin]
  return partake(briefing, (effect) => {
    if (effect.type !== 'send' || effect.frame.type !== 'agreement') return undefined
    const { message } = effect.frame
    if (message.type !== 'contribute' && message.type !== 'view-change') return undefined
    const twisted = fattened(message, fat, { domain, signer })
    if (twisted === undefined) return undefined
    const sent: Effect = { ...effect, frame: { type: 'agreement', message: twisted } }
    return { effects: [sent], bytes: encodeFrame(sent.frame).length }
  })
}

/** Row 9: offers everything for nothing, and refuses each ticket as busy. */
export async function busyReplica(briefing: Briefing): Promise<Weapon> {
  const { domain, signer } = identity(briefing)
  return partake(briefing, (effect) => {
    if (effect.type === 'run') return { effects: [], bytes: 0 }
    if (effect.type !== 'send' || effect.frame.type !== 'inputs') return undefined
    const inputs = effect.frame.inputs.flatMap((raw) => {
      const envelope = readEnvelope(raw, domain)
      const input = envelope?.signer === signer.key ? readInput(envelope, domain) : undefined
      if (input?.kind !== ACCEPT) return input === undefined ? [raw] : []
      return [sealRefusal({ ...input.statement, reason: 'busy', detail: 'always' }, domain, signer).raw]
    })
    const sent: Effect = { ...effect, frame: { type: 'inputs', inputs } }
    return { effects: [sent], bytes: encodeFrame(sent.frame).length }
  })
}

/** Starts the peer; while the attack is on, effects of its core that `twist` answers for are replaced. */
async function partake(briefing: Briefing, twist: (effect: Effect) => Twisted | undefined): Promise<Weapon> {
  let isArmed = false
  const counts = { sent: 0, sentBytes: 0, dropped: 0, backBytes: -1 }
  const twisted = (effect: Effect): readonly Effect[] => {
    const other = isArmed ? twist(effect) : undefined
    if (other === undefined) return [effect]
    counts.sent += other.effects.length
    counts.sentBytes += other.bytes
    return other.effects
  }
  const honest = PeerCore.prototype.step
  PeerCore.prototype.step = function (...given) {
    return honest.apply(this, given).flatMap(twisted)
  }
  const peer = await startPeer(briefing)
  const connected = () => new Set(peer.peers().flatMap((one) => (one.connected ? [one.peer] : [])))
  const missing = () => briefing.daemons.filter(({ peer: key }) => !connected().has(key)).length
  const lastMs = performance.now() + CONNECT_MS
  while (missing() > 0) {
    if (performance.now() > lastMs) throw new Error('not every peer could be reached')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    volleys: [],
    tally: () => ({ ...counts, barredBy: missing() }),
    armed: (is) => {
      isArmed = is
    },
    stop: () => peer.stop(),
  }
}

async function startPeer({ home, daemons }: Briefing): Promise<Peer> {
  const settings = {
    ...defaultSettings({ cores: 1, memoryBytes: 2 ** 30 }),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: daemons.flatMap(({ addresses }) => addresses),
    mdns: false,
    engines: ['noop'],
    slots: 64,
    pricePerSecond: 0n,
  }
  const log = createLog({ level: 'error', destination: process.stderr })
  const onFatal = (error: unknown): never => {
    throw error
  }
  const peer = await createPeer({ settings, paths: pathsFor(home), log, version: 'hostile', onFatal })
  await peer.start()
  return peer
}

/** The message with a contribution that names `fat` and nothing else; `undefined` if it has none. */
function fattened(
  message: AgreementMessageOf<'contribute' | 'view-change'>,
  fat: readonly Envelope[],
  { domain, signer }: { domain: Uint8Array; signer: Signer },
): typeof message | undefined {
  const envelope = message.contribution === null ? undefined : readEnvelope(message.contribution, domain)
  const own = envelope === undefined ? undefined : readContribution(envelope, domain)
  if (own === undefined) return undefined
  const { envelope: _signed, ...statement } = own
  const inputs = fat.map(({ id }) => id)
  const contribution = sealContribution({ ...statement, inputs }, domain, signer).envelope.raw
  return { ...message, contribution, bodies: fat.map(({ raw }) => raw) }
}

function identity({ networkId, seeds }: Briefing): { domain: Uint8Array; signer: Signer } {
  return {
    domain: networkDomain(networkId),
    signer: signerFromSeed(new Uint8Array(Buffer.from(seeds[0] ?? '', 'base64'))),
  }
}
