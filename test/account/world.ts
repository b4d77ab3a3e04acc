/**
 * One account's log without agreement and network: entries of q signed contributions of a drawn committee go through
 * `step`, and the committee's real signatures stand under each header.
 */
import type { Rules } from '#protocol/account/draft.ts'
import {
  type Result,
  type SeatRef,
  sealAccept,
  sealCancel,
  sealCommitment,
  sealJob,
  sealRefusal,
  sealResult,
} from '#protocol/account/inputs.ts'
import { failureDigest } from '#protocol/account/judge.ts'
import { type AccountState, emptyAccount, headerOf, type JobRecord, type Seat } from '#protocol/account/state.ts'
import { type Stepped, step } from '#protocol/account/step.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import { type Contribution, sealContribution } from '#protocol/agreement/contribution.ts'
import { type Entry, makeEntry } from '#protocol/agreement/entry.ts'
import { encodeOutput } from '#protocol/job/output.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { type Committee, drawCommittee } from '#protocol/membership/committee.ts'
import { type Load, type Profile, sealLoad, sealProfile } from '#protocol/membership/offer.ts'
import { type RegistryView, rosterView } from '#protocol/membership/registry.ts'
import { commitmentHash } from '#protocol/verification/commitment.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { encodeHeader, headerDigest, networkDomain } from '#protocol/wire/header.ts'
import { type PeerKey, type Signer, signerFromSeed } from '#protocol/wire/keys.ts'

export const NETWORK = 'test:account'
export const DOMAIN = networkDomain(NETWORK)
export const START_MS = 1_800_000_000_000
export const FUNDS = 1_000_000_000_000n

export function keyOf(name: string): Signer {
  return signerFromSeed(sha256(utf8(name)))
}

export const wallet = keyOf('wallet')
const peerSigners = Array.from({ length: 100 }, (_, i) => keyOf(`peer ${i}`))

export interface EntryOptions {
  /** Milliseconds since the entry before, by every witness's clock. */
  readonly laterMs?: number
  /** What witness i calls overdue. */
  readonly overdue?: (witness: number) => Contribution['overdue']
  /** What witness i says of the funds. */
  readonly funds?: (witness: number) => Contribution['funds']
  readonly ledgerEpoch?: (witness: number) => number
  readonly clockMs?: (witness: number) => number
  /** Inputs that witness i leaves out. */
  readonly without?: (witness: number) => readonly Envelope[]
  readonly proposer?: PeerKey
}

export interface Taken extends Stepped {
  readonly entry: Entry
  readonly bodies: ReadonlyMap<string, Envelope>
  readonly before: AccountState
  readonly rules: Rules
}

export class World {
  readonly peers: readonly Signer[]
  readonly registry: RegistryView
  committee: Committee
  rules: Rules
  state: AccountState
  certificate: Certificate | undefined
  nowMs = START_MS
  #offerSeq = 0

  constructor(size = 5) {
    this.peers = peerSigners.slice(0, size)
    this.registry = registryOf(1, this.peers)
    this.committee = drawCommittee(this.registry, wallet.key)
    this.rules = { domain: DOMAIN, networkId: NETWORK, registry: this.registry, committee: this.committee }
    this.state = emptyAccount(wallet.key, 1)
  }

  /** Makes the next entry of `inputs` and takes it. */
  take(inputs: readonly Envelope[], options: EntryOptions = {}): Taken {
    const taken = this.try(inputs, options)
    if (taken === undefined) throw new Error('the entry is void')
    return taken
  }

  /** As {@link take}; `undefined` if the entry is void. */
  try(inputs: readonly Envelope[], options: EntryOptions = {}): Taken | undefined {
    this.nowMs += options.laterMs ?? 10
    const entry = this.entry(inputs, options)
    const bodies = new Map(inputs.map((envelope) => [envelope.id, envelope]))
    const before = this.state
    const { rules } = this
    const stepped = step(before, entry, bodies, rules)
    if (stepped === undefined) return undefined
    this.state = stepped.state
    this.certificate = this.certify(stepped.state)
    return { ...stepped, entry, bodies, before, rules }
  }

  /** An entry that fits on the present state. */
  entry(inputs: readonly Envelope[], options: EntryOptions = {}): Entry {
    const { committee, certificate } = this
    const place = {
      account: this.state.account,
      epoch: committee.epoch,
      height: this.state.height + 1,
      previous: certificate === undefined ? '' : toHex(headerDigest(certificate.header)),
    }
    const contributions = committee.witnesses.slice(0, committee.q).map((witness, i) => {
      const without = new Set(options.without?.(i) ?? [])
      const statement: Contribution = {
        ...place,
        clockMs: options.clockMs?.(i) ?? this.nowMs,
        funds: options.funds === undefined ? { total: FUNDS, asOfMs: this.nowMs } : options.funds(i),
        ledgerEpoch: options.ledgerEpoch?.(i) ?? committee.epoch,
        inputs: inputs.filter((envelope) => !without.has(envelope)).map((envelope) => envelope.id),
        overdue: options.overdue?.(i) ?? [],
      }
      return sealContribution(statement, DOMAIN, this.signer(witness))
    })
    const proposer = options.proposer ?? committee.witnesses[0] ?? ''
    return makeEntry({ ...place, proposer, contributions, previousSignatures: certificate?.signatures ?? new Map() })
  }

  /** The first q witnesses' signatures over the header of `state`. */
  certify(state: AccountState): Certificate {
    const header = headerOf(state, DOMAIN)
    const headerBytes = encodeHeader(header)
    const signers = this.committee.witnesses.slice(0, this.committee.q)
    return {
      header,
      headerBytes,
      signatures: new Map(signers.map((peer) => [peer, this.signer(peer).sign(headerBytes)])),
    }
  }

  /** The committee of a later epoch takes over. */
  enterEpoch(epoch: number): void {
    const registry = registryOf(epoch, this.peers)
    this.committee = drawCommittee(registry, wallet.key)
    this.rules = { domain: DOMAIN, networkId: NETWORK, registry, committee: this.committee }
  }

  signer(peer: PeerKey): Signer {
    const signer = this.peers.find((candidate) => candidate.key === peer)
    if (signer === undefined) throw new RangeError('no such peer')
    return signer
  }

  peer(i: number): Signer {
    const signer = this.peers[i % this.peers.length]
    if (signer === undefined) throw new RangeError('no peers')
    return signer
  }

  /** Fresh offers of the given peers (of all of them by default), idle and cheap. */
  offers(
    peers: readonly Signer[] = this.peers,
    patch: { profile?: Partial<Profile>; load?: Partial<Load> } = {},
  ): Envelope[] {
    const seq = ++this.#offerSeq
    return peers.flatMap((peer) => offersOf(peer, { seq, nowMs: this.nowMs, ...patch }))
  }

  spec(patch: Partial<JobSpec> = {}): JobSpec {
    const seq = patch.seq ?? this.state.lastSeq + 1
    return {
      version: 1,
      name: `job ${seq}`,
      network: NETWORK,
      account: wallet.key,
      seq,
      authorised: FUNDS,
      createdMs: this.nowMs,
      deadlineMs: this.nowMs + 600_000,
      engine: { type: 'noop', params: {} },
      inputs: [],
      requirements: { timeMs: 10_000, memoryBytes: 1, regions: [], gpuMemoryBytes: 0, models: [] },
      replicas: 3,
      comparator: { type: 'exact' },
      priceMax: 1_000_000n,
      policy: 'balanced',
      ...patch,
    }
  }

  job(patch: Partial<JobSpec> = {}): Envelope {
    return sealJob(this.spec(patch), DOMAIN, wallet)
  }

  cancel(job: string, by: Signer = wallet): Envelope {
    return sealCancel({ account: by.key, job }, DOMAIN, by)
  }

  /** The record of a job that must be there. */
  record(id: string): JobRecord {
    const job = this.state.jobs.get(id)
    if (job === undefined) throw new RangeError('no such job')
    return job
  }

  accepts(id: string): Envelope[] {
    return this.#seats(id, 'offered').map((seat) => sealAccept(ref(id, seat.fence), DOMAIN, this.signer(seat.peer)))
  }

  commitments(id: string, output: OutputOf = sameOutput): Envelope[] {
    return this.#seats(id, 'running').map((seat) => commitmentOf(id, seat, output, this.signer(seat.peer)))
  }

  results(id: string, output: OutputOf = sameOutput, patch: Partial<Result> = {}): Envelope[] {
    return this.#seats(id, 'committed').map((seat) => resultOf(id, seat, output, this.signer(seat.peer), patch))
  }

  /** Admits and places a job. */
  placed(patch: Partial<JobSpec> = {}): string {
    const job = this.job(patch)
    this.take([job, ...this.offers()])
    return job.id
  }

  /** A job whose primaries all run. */
  running(patch: Partial<JobSpec> = {}): string {
    const id = this.placed(patch)
    this.take(this.accepts(id))
    return id
  }

  /** A job whose replicas have all committed: it is revealing. */
  revealing(patch: Partial<JobSpec> = {}, output: OutputOf = sameOutput): string {
    const id = this.running(patch)
    this.take(this.commitments(id, output))
    return id
  }

  /** A job that was completed. */
  completed(patch: Partial<JobSpec> = {}): string {
    const id = this.revealing(patch)
    this.take(this.results(id))
    return id
  }

  #seats(id: string, role: Seat['role']): Seat[] {
    return this.record(id).seats.filter((seat) => seat.role === role)
  }
}

/** What a peer's run ends with: text on stdout, or the code of a failed program. */
export type OutputOf = (peer: PeerKey) => string | { readonly code: Exclude<Result['code'], ''> }

export const sameOutput: OutputOf = () => 'the output'

export function ref(job: string, fence: number): SeatRef {
  return { account: wallet.key, job, fence }
}

export function outputBytes(text: string): Uint8Array {
  return encodeOutput({ stdout: utf8(text), files: [] })
}

export function nonceOf(peer: PeerKey, job: string): Uint8Array {
  return sha256(utf8(`${peer}/${job}`))
}

export function digestOf(peer: PeerKey, output: OutputOf): string {
  const value = output(peer)
  return typeof value === 'string' ? toHex(sha256(outputBytes(value))) : failureDigest(value.code)
}

export function commitmentOf(id: string, seat: Pick<Seat, 'fence'>, output: OutputOf, by: Signer): Envelope {
  const { fence } = seat
  const parts = { jobId: id, fence, peer: by.key, outputDigest: digestOf(by.key, output), nonce: nonceOf(by.key, id) }
  return sealCommitment({ ...ref(id, fence), hash: commitmentHash(parts) }, DOMAIN, by)
}

export function resultOf(
  id: string,
  seat: Pick<Seat, 'fence'>,
  output: OutputOf,
  by: Signer,
  patch: Partial<Result> = {},
): Envelope {
  const value = output(by.key)
  const done = typeof value === 'string'
  const result: Result = {
    ...ref(id, seat.fence),
    status: done ? 'done' : 'failed',
    code: done ? '' : value.code,
    digest: digestOf(by.key, output),
    nonce: nonceOf(by.key, id),
    output: done ? blobCid(outputBytes(value)) : '',
    logs: blobCid(utf8('logs')),
    meterMs: 1_000,
    body: new Uint8Array(),
    ...patch,
  }
  return sealResult(result, DOMAIN, by)
}

export function refusalOf(id: string, seat: Pick<Seat, 'fence'>, by: Signer, reason: 'busy' | 'failed'): Envelope {
  return sealRefusal({ ...ref(id, seat.fence), reason, detail: 'no' }, DOMAIN, by)
}

export function acceptOf(id: string, seat: Pick<Seat, 'fence'>, by: Signer): Envelope {
  return sealAccept(ref(id, seat.fence), DOMAIN, by)
}

/** A profile and a load of one peer: idle, 8 slots, 1,000 micro-credits per second. */
export function offersOf(
  peer: Signer,
  { seq, nowMs, profile, load }: { seq: number; nowMs: number; profile?: Partial<Profile>; load?: Partial<Load> },
): Envelope[] {
  const expiresMs = nowMs + 120_000
  const slow: Profile = {
    seq,
    expiresMs,
    engines: ['noop'],
    slots: 8,
    memoryBytes: 2 ** 30,
    gpuMemoryBytes: 0,
    models: [],
    region: '',
    pricePerSecond: 1_000n,
    speedMilli: 1_000,
    ...profile,
  }
  return [
    sealProfile(slow, DOMAIN, peer),
    sealLoad({ seq, expiresMs, freeSlots: 8, backlogMs: 0, ...load }, DOMAIN, peer),
  ]
}

function registryOf(epoch: number, peers: readonly Signer[]): RegistryView {
  return rosterView(
    epoch,
    sha256(utf8(`beacon ${epoch}`)),
    peers.map((peer, i) => ({ peer: peer.key, owner: keyOf(`owner ${i}`).key })),
  )
}

export function ownerOf(world: World, peer: PeerKey): string {
  return world.registry.members.find((member) => member.peer === peer)?.owner ?? ''
}
