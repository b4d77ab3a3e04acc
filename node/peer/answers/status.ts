/** Answers `info` and `peers`: how this peer is, and which it knows. From memory, at once. */
import { findMember } from '#protocol/membership/registry.ts'
import type { PeerInfo, PeerSummary } from '../../api/network.ts'
import type { ApiParts } from './parts.ts'

/** This peer as it is now; `uptimeMs` counts from its start. */
export function peerInfo(parts: ApiParts): PeerInfo {
  const { self, owner, version, ledger, network, core, clock, startedMs, slots, engines } = parts
  const { state, reason = '' } = parts.membership()
  const registry = ledger.registry()
  const summary = core.summary()
  return {
    version,
    peer: self,
    owner,
    network: ledger.networkId,
    ledger: ledger.kind,
    epoch: registry?.epoch ?? 0,
    member: registry !== undefined && findMember(registry, self) !== undefined,
    membership: { state, reason },
    addresses: network.addresses(),
    connections: network.connections().length,
    members: registry?.members.length ?? 0,
    engines: engines(),
    slots,
    running: summary.running,
    logs: summary.logs,
    uptimeMs: clock.monotonicMs() - startedMs,
  }
}

/** The members, and what those that are heard of offer. */
export function peerList(parts: ApiParts): readonly PeerSummary[] {
  const { self, ledger, network, core } = parts
  const connected = new Set(network.connections())
  const offers = new Map(core.summary().offers.map((offer) => [offer.peer, offer]))
  return (ledger.registry()?.members ?? []).map(({ peer, owner }) => {
    const offer = offers.get(peer)
    return {
      peer,
      owner,
      self: peer === self,
      connected: peer === self || connected.has(peer),
      offer:
        offer === undefined
          ? null
          : {
              engines: offer.profile.engines,
              slots: offer.profile.slots,
              freeSlots: offer.load.freeSlots,
              memoryBytes: offer.profile.memoryBytes,
              gpuMemoryBytes: offer.profile.gpuMemoryBytes,
              region: offer.profile.region,
              pricePerSecond: String(offer.profile.pricePerSecond),
              speedMilli: offer.profile.speedMilli,
              expiresMs: offer.load.expiresMs,
            },
    }
  })
}
