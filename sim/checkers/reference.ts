/**
 * The reference: every account's log recomputed from its certified entries, independently of any peer. Two certificates
 * of one height break S1; a certified header that `step` does not give breaks S2. All other checkers see its entries.
 */

import { type AccountState, emptyAccount, headerOf } from '#protocol/account/state.ts'
import { step } from '#protocol/account/step.ts'
import { bodiesOf } from '#protocol/agreement/bodies.ts'
import { type Certificate, checkCertificate, decodeCertificate } from '#protocol/agreement/certificate.ts'
import { inputIds, readEntry, validateEntry } from '#protocol/agreement/entry.ts'
import { type Committee, drawCommittee } from '#protocol/membership/committee.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import type { PlacementRequest } from '#protocol/placement/eligible.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { type Envelope, readEnvelope, verifyEnvelope } from '#protocol/wire/envelope.ts'
import { equalBytes, toHex } from '#protocol/wire/hash.ts'
import { encodeHeader, headerDigest } from '#protocol/wire/header.ts'
import { verifySignature, type WalletKey } from '#protocol/wire/keys.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
import { quorumOf } from './quorum.ts'

/** One account's certified history. */
interface Log {
  state: AccountState
  certificate: Certificate | undefined
  committee: Committee | undefined
  readonly headers: Map<number, Uint8Array>
}

/** What a peer keeps of an entry: its bytes, those of its certificate, and the inputs that it names. */
interface EntryRecord {
  readonly raw: Uint8Array
  readonly certificateBytes: Uint8Array
  readonly bodies: readonly Uint8Array[]
}

/** What the reference needs of the world. */
export interface ReferenceParts {
  readonly domain: Uint8Array
  readonly networkId: string
  readonly registryAt: (epoch: number) => RegistryView | undefined
  readonly nowMs: () => number
  readonly violated: (property: string, account: WalletKey, detail: string) => void
  readonly certified: (entry: CertifiedEntry) => void
}

export class Reference {
  readonly #parts: ReferenceParts
  readonly #logs = new Map<WalletKey, Log>()
  readonly #committees = new Map<string, Committee>()

  constructor(parts: ReferenceParts) {
    this.#parts = parts
  }

  /** Certified states, by account. */
  *states(): Iterable<AccountState> {
    for (const log of this.#logs.values()) yield log.state
  }

  stateOf(account: WalletKey): AccountState | undefined {
    return this.#logs.get(account)?.state
  }

  /** A peer writes an entry or a snapshot of a log. */
  wrote(key: string, value: Uint8Array): void {
    const [folder, account, kind] = key.split('/')
    if (folder !== 'log' || account === undefined) return
    const record = decode(value)
    if (!Array.isArray(record)) return
    const [first, second, third] = record as readonly unknown[]
    if (kind === 'snapshot' && third instanceof Uint8Array && third.length > 0) this.#header(account, third)
    if (kind === 'entry' && first instanceof Uint8Array && second instanceof Uint8Array && Array.isArray(third)) {
      this.#entry(account, { raw: first, certificateBytes: second, bodies: third as Uint8Array[] })
    }
  }

  #header(account: WalletKey, certificateBytes: Uint8Array): Certificate | undefined {
    const certificate = decodeCertificate(certificateBytes)
    if (certificate === undefined) {
      this.#parts.violated('S1', account, 'a peer keeps a certificate that cannot be read')
      return undefined
    }
    const { header, headerBytes } = certificate
    const known = this.#logs.get(account)?.headers.get(header.height)
    if (known === undefined || equalBytes(known, headerBytes)) return certificate
    const view = this.#parts.registryAt(header.epoch)
    const committee = view && this.#committee(view, account)
    if (committee === undefined || checkCertificate(certificate, committee) !== undefined) return undefined
    this.#parts.violated('S1', account, `two certified headers at height ${header.height}`)
    return undefined
  }

  #entry(account: WalletKey, { raw, certificateBytes, bodies }: EntryRecord): void {
    const certificate = this.#header(account, certificateBytes)
    const log = this.#logs.get(account)
    if (certificate === undefined || log?.headers.has(certificate.header.height) === true) return
    const { domain, violated } = this.#parts
    const entry = readEntry(raw, domain)
    const view = entry && this.#parts.registryAt(entry.epoch)
    const committee = view && this.#committee(view, account)
    if (entry === undefined || view === undefined || committee === undefined) {
      violated('S2', account, 'a certified entry that cannot be read, or of an unknown epoch')
      return
    }
    const before = log?.state ?? emptyAccount(account, committee.epoch)
    const { height } = certificate.header
    if (height !== before.height + 1) {
      violated('S2', account, `a certified entry at height ${height} after ${before.height}`)
      return
    }
    const signed = signersOf(certificate, committee)
    if (signed < quorumOf(committee.n)) {
      violated('S1', account, `only ${signed} of ${committee.n} witnesses signed the header of height ${height}`)
      return
    }
    const position = {
      account,
      height,
      previous: log?.certificate === undefined ? '' : toHex(headerDigest(log.certificate.header)),
      committee,
      before: log?.certificate &&
        log.committee && { headerBytes: log.certificate.headerBytes, committee: log.committee },
    }
    const wrong = validateEntry(entry, position)
    if (wrong !== undefined) violated('S3', account, `the entry of height ${height} does not fit: ${wrong}`)
    const named = bodiesOf(domain, bodies)
    for (const { kind, signer } of unsignedAmong(bodies, domain))
      violated('S2', account, `the entry of height ${height} has a ${kind} that ${signer.slice(0, 6)} did not sign`)
    const rules = { domain, networkId: this.#parts.networkId, registry: view, committee }
    const placements = new Map<string, PlacementRequest>()
    const after = step(before, entry, named, rules, (job, input) => placements.set(job, input))?.state
    if (after === undefined || !equalBytes(encodeHeader(headerOf(after, domain)), certificate.headerBytes)) {
      violated('S2', account, `step does not give the certified header of height ${height}`)
      return
    }
    for (const id of inputIds(entry)) {
      if (!named.has(id)) violated('S2', account, `the entry of height ${height} names an input that it lacks`)
    }
    const atMs = this.#parts.nowMs()
    this.#take({ account, height, entry, bodies: named, certificate, before, after, rules, placements, atMs })
  }

  #take(certified: CertifiedEntry): void {
    const { account, height, certificate, after, rules } = certified
    const log = this.#logs.get(account) ?? { state: after, certificate, committee: rules.committee, headers: new Map() }
    log.state = after
    log.certificate = certificate
    log.committee = rules.committee
    log.headers.set(height, certificate.headerBytes)
    this.#logs.set(account, log)
    this.#parts.certified(certified)
  }

  #committee(view: RegistryView, account: WalletKey): Committee {
    const name = `${view.epoch}/${account}`
    const known = this.#committees.get(name) ?? drawCommittee(view, account)
    this.#committees.set(name, known)
    return known
  }
}

/** How many of the committee's witnesses signed this very header; with none of the code that accepts certificates. */
function signersOf({ headerBytes, signatures }: Certificate, { witnesses }: Committee): number {
  return witnesses.filter((witness) => {
    const signature = signatures.get(witness)
    return signature !== undefined && verifySignature(witness, headerBytes, signature)
  }).length
}

/** Inputs whose signature is not their author's. */
function unsignedAmong(bodies: readonly Uint8Array[], domain: Uint8Array): Envelope[] {
  const envelopes = bodies.flatMap((raw) => readEnvelope(raw, domain) ?? [])
  return envelopes.filter((envelope) => !verifyEnvelope(envelope, domain))
}
