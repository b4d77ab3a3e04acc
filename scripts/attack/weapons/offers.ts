/** Row 8: offers that never expire, at no price, of a speed that was made up, for an engine that no job asks for. */
import { sealLoad, sealProfile } from '#protocol/membership/offer.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import type { Briefing } from '../orders.ts'
import { Client, clientParts } from './client.ts'
import type { Weapon } from './weapon.ts'

const FOR_EVER_MS = 2 ** 48
const OFFERS_PER_SECOND = 2

/** All members that it speaks for offer again twice a second; a stranger offers under keys that are on no roster. */
export async function offers(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  const { domain, signers } = client
  let seq = Date.now()
  const fire = (): void => {
    seq++
    client.send({ type: 'offers', offers: signers.flatMap((signer) => offerOf(signer, seq, domain)) })
  }
  return { volleys: [{ perSecond: OFFERS_PER_SECOND, fire }], ...clientParts(client) }
}

function offerOf(signer: Signer, seq: number, domain: Uint8Array): Uint8Array[] {
  const common = { seq, expiresMs: FOR_EVER_MS }
  const size = { slots: 4_096, memoryBytes: 2 ** 40, gpuMemoryBytes: 0 }
  const lie = { engines: ['chess'], models: [], region: '', pricePerSecond: 0n, speedMilli: 1_000_000 }
  return [
    sealProfile({ ...common, ...size, ...lie }, domain, signer).raw,
    sealLoad({ ...common, freeSlots: 4_096, backlogMs: 0 }, domain, signer).raw,
  ]
}
