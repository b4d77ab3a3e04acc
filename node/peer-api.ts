/** The peer's promises to its gateway, kept by events to the core and notices from it. */
import { CANCEL, type Input, JOB, readInput } from '#protocol/account/inputs.ts'
import { decodeReceipt, type Receipt } from '#protocol/account/receipt.ts'
import { checkCertificate, decodeCertificate } from '#protocol/agreement/certificate.ts'
import { WeftError } from '#protocol/errors.ts'
import { type JobSpec, ownerOf } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import { type Committee, drawCommittee } from '#protocol/membership/committee.ts'
import { findMember, type RegistryView } from '#protocol/membership/registry.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { readEnvelope, verifyEnvelope } from '#protocol/wire/envelope.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { AccountView, JobEvent, JobView, PeerApi, PeerInfo, PeerSummary, WhyView } from './api.ts'
import { atMost } from './at-most.ts'
import type { Notice } from './core/effects.ts'
import { storeKeys, within } from './core/keys.ts'
import type { PeerCore } from './core/peer-core.ts'
import { headKey } from './core/witness/publisher.ts'
import type { Driver } from './driver.ts'
import type { Clock, Executor, Ledger, Network, Store } from './ports.ts'
import type { RecoverOptions } from './recover.ts'
import { jobView } from './views.ts'
import type { Watchers } from './watchers.ts'
import { type EntryMaterial, problemOf, readMaterial, why } from './why.ts'

export interface ApiParts {
  readonly self: PeerKey
  readonly owner: WalletKey
  readonly version: string
  readonly slots: number
  readonly startedMs: number
  readonly domain: Uint8Array
  readonly core: PeerCore
  readonly driver: Driver
  readonly network: Network
  readonly store: Store
  readonly ledger: Ledger
  readonly clock: Clock
  readonly watchers: Watchers
  readonly executors: ReadonlyMap<string, Executor>
  readonly membership: () => { readonly state: PeerInfo['membership']['state']; readonly reason?: string }
  readonly engines: () => readonly { engine: string; version: string }[]
  readonly invite: (options: { ttlMs: number; uses: number }) => Promise<string>
}

const ACCOUNT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 8_000
/** A job that any of the peers connected knows comes within milliseconds. */
const JOB_WAIT_MS = 3_000
/** Less than the gateway waits for an answer: what nobody has is NOT_FOUND, not TIMEOUT. */
const BLOB_TIMEOUT_MS = 25_000
const EVENTS_MAX = 10_000

type Head = Extract<Notice, { type: 'head' }>

export class PeerFacade implements PeerApi {
  readonly #parts: ApiParts
  /** Jobs that somebody follows here, counted. */
  readonly #watched = new Map<string, number>()

  constructor(parts: ApiParts) {
    this.#parts = parts
  }

  info(): PeerInfo {
    const { self, owner, version, ledger, network, core, clock, startedMs, slots, engines } = this.#parts
    const { state, reason = '' } = this.#parts.membership()
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

  peers(): readonly PeerSummary[] {
    const { self, ledger, network, core } = this.#parts
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

  async account(wallet: WalletKey, { signal }: { signal: AbortSignal }): Promise<AccountView> {
    const { ledger, watchers, driver } = this.#parts
    const registry = ledger.registry()
    if (registry === undefined) throw new WeftError('NOT_A_MEMBER', 'this peer knows no registry yet')
    const committee = this.#committee(registry, wallet)
    const heads = new Map<PeerKey, Head>()
    const pick = (notice: Notice): true | undefined => {
      if (notice.type !== 'head' || notice.account !== wallet || !committee.witnesses.includes(notice.from))
        return undefined
      heads.set(notice.from, notice)
      return heads.size >= committee.q ? true : undefined
    }
    const begin = (): void => driver.dispatch({ type: 'account', account: wallet })
    const asking = atMost(ACCOUNT_TIMEOUT_MS, signal, (limited) => watchers.first(pick, { signal: limited, begin }))
    const answered = await asking.catch(() => false)
    signal.throwIfAborted()
    const published = answered ? undefined : await this.#publishedHead(wallet, signal)
    if (published !== undefined) return this.#accountView(wallet, committee, [...heads.values(), published])
    if (!answered) {
      const why = `only ${heads.size} of the account's ${committee.n} witnesses answered; ${committee.q} are needed`
      throw new WeftError('NO_COMMITTEE', why)
    }
    return this.#accountView(wallet, committee, [...heads.values()])
  }

  async submit(
    { envelope: raw, blobs }: { envelope: Uint8Array; blobs: readonly Uint8Array[] },
    { signal }: { signal: AbortSignal },
  ): Promise<JobView> {
    const { domain, driver } = this.#parts
    const { spec, envelope } = readSigned(raw, JOB, domain)
    const job = envelope.id
    const sent = new Set(blobs.map(blobCid))
    const missing = spec.inputs.find(({ cid }) => !sent.has(cid) && !this.#parts.core.hasBlob(cid))
    if (missing !== undefined) {
      const why = `no content with the id that was signed for the input ${missing.path} came with the job: it is missing or was changed`
      throw new WeftError('INPUT_MISSING', why, { data: { next: 'send the files that were signed' } })
    }
    const pick = (notice: Notice): Receipt | WeftError | undefined => {
      if (notice.type === 'rejected' && notice.job === job)
        return new WeftError(notice.code, `the account's witnesses refused the job: ${notice.code}`)
      return notice.type === 'receipt' && notice.receipt.job.id === job ? notice.receipt : undefined
    }
    const begin = (): void => driver.dispatch({ type: 'submit', envelope: raw, blobs })
    const answer = await this.#watching(job, () => this.#parts.watchers.first(pick, { signal, begin }))
    if (answer instanceof WeftError) throw answer
    return this.#view(answer)
  }

  async cancel(raw: Uint8Array, { signal }: { signal: AbortSignal }): Promise<JobView> {
    const { domain, driver } = this.#parts
    const input = readSigned(raw, CANCEL, domain)
    const pick = (notice: Notice): Receipt | undefined =>
      notice.type === 'receipt' && notice.receipt.job.id === input.job && notice.receipt.job.phase === 'closed'
        ? notice.receipt
        : undefined
    const begin = (): void => {
      driver.dispatch({ type: 'cancel', envelope: raw })
      driver.dispatch({ type: 'query', job: input.job })
    }
    return this.#view(await this.#watching(input.job, () => this.#parts.watchers.first(pick, { signal, begin })))
  }

  async jobs({ account, limit }: { account?: WalletKey; limit: number }): Promise<readonly JobView[]> {
    const { core, store, domain } = this.#parts
    const found = new Map<string, JobView>()
    // Of a wallet also the jobs that have accounts of their own.
    const asked = (spec: JobSpec): boolean =>
      account === undefined || spec.account === account || ownerOf(spec) === account
    for (const state of core.states().values()) {
      for (const job of state.jobs.values()) {
        const receipt = asked(job.spec) ? core.find(job.id) : undefined
        if (receipt !== undefined) found.set(job.id, this.#view(receipt))
      }
    }
    for (const [, value] of await store.range({ ...within('receipt/'), limit: LISTED_MAX })) {
      const receipt = decodeReceipt(value, domain)
      if (receipt === undefined || found.has(receipt.job.id)) continue
      if (asked(receipt.job.spec)) found.set(receipt.job.id, this.#view(receipt))
    }
    return [...found.values()].sort((a, b) => b.admittedMs - a.admittedMs || b.seq - a.seq).slice(0, limit)
  }

  async job(jobId: string, options: { signal: AbortSignal; waitMs?: number }): Promise<JobView> {
    return this.#view(await this.#receipt(jobId, options))
  }

  async *follow(jobId: string, { signal }: { signal: AbortSignal }): AsyncIterable<JobEvent> {
    const { watchers, clock } = this.#parts
    const events: JobEvent[] = []
    let wake: (() => void) | undefined
    const stop = watchers.listen((notice) => {
      const event = this.#eventOf(jobId, notice, clock.wallMs())
      if (event === undefined || events.length >= EVENTS_MAX) return
      events.push(event)
      wake?.()
    })
    const release = this.#watch(jobId)
    try {
      const job = await this.job(jobId, { signal })
      events.push({ type: 'job', at: clock.wallMs(), job })
      for (;;) {
        const event = events.shift()
        if (event !== undefined) yield event
        if (event?.type === 'job' && event.job.closedMs !== null) return
        if (events.length === 0) await waitFor((resolve) => (wake = resolve), signal)
      }
    } finally {
      stop()
      release()
    }
  }

  async blob(cid: string, { signal }: { signal: AbortSignal }): Promise<Uint8Array | undefined> {
    const { store, watchers, driver, core } = this.#parts
    const here = await store.get(storeKeys.blob(cid))
    if (here !== undefined || core.hasBlob(cid)) return here
    const pick = (notice: Notice): true | undefined => (notice.type === 'blob' && notice.cid === cid ? true : undefined)
    const begin = (): void => driver.dispatch({ type: 'fetch', cid })
    const asking = atMost(BLOB_TIMEOUT_MS, signal, (limited) => watchers.first(pick, { signal: limited, begin }))
    const arrived = await asking.catch(() => false)
    signal.throwIfAborted()
    return arrived ? store.get(storeKeys.blob(cid)) : undefined
  }

  async why(jobId: string, options: { signal: AbortSignal }): Promise<WhyView> {
    const receipt = await this.#receipt(jobId, options)
    const { store, ledger, domain, core, clock } = this.#parts
    const context = { store, ledger, domain, networkId: ledger.networkId }
    const material = await this.#material(receipt, context, options.signal)
    return why(receipt, this.#view(receipt), {
      ...context,
      material,
      offers: core.summary().offers,
      nowMs: clock.wallMs(),
    })
  }

  async invite(options: { ttlMs: number; uses: number }): Promise<string> {
    return this.#parts.invite(options)
  }

  signing(): { domain: Uint8Array; network: string } {
    return { domain: this.#parts.domain, network: this.#parts.ledger.networkId }
  }

  validateEngine(
    engine: string,
    params: Readonly<Record<string, string | number | readonly string[]>>,
    paths: readonly string[],
  ): string | undefined {
    return this.#parts.executors.get(engine)?.validate(params, paths)
  }

  /** The account's newest certificate in the DHT: what can still be shown when too few witnesses answer. */
  async #publishedHead(wallet: WalletKey, signal: AbortSignal): Promise<Head | undefined> {
    const { network } = this.#parts
    const record = await atMost(ACCOUNT_TIMEOUT_MS, signal, (limited) =>
      network.dhtGet(headKey(wallet), { signal: limited }),
    )
    const certificate = record?.subarray(8)
    const header = certificate && decodeCertificate(certificate)?.header
    if (certificate === undefined || header === undefined) return undefined
    return {
      type: 'head',
      from: this.#parts.self,
      account: wallet,
      certificate,
      nextSeq: header.lastSeq + 1,
      funds: null,
    }
  }

  /** What the placing entry was made of: from this peer's store, or from the witnesses. */
  async #material(receipt: Receipt, context: RecoverOptions, signal: AbortSignal): Promise<EntryMaterial | undefined> {
    const { account, epoch } = receipt.certificate.header
    const height = receipt.job.placedHeight
    if (height === 0) return undefined
    const own = await readMaterial(account, height, context)
    if (own !== undefined) return own
    const { watchers, driver } = this.#parts
    // One that was changed is shown only if nobody has a better one.
    let last: EntryMaterial | undefined
    const pick = (notice: Notice): EntryMaterial | undefined => {
      if (notice.type !== 'entry' || notice.account !== account || notice.height !== height) return undefined
      last = notice
      return problemOf(receipt, notice, context) === undefined ? notice : undefined
    }
    const begin = (): void => driver.dispatch({ type: 'fetch-entry', account, epoch, height })
    const asking = atMost(QUERY_TIMEOUT_MS, signal, (limited) => watchers.first(pick, { signal: limited, begin }))
    const found = await asking.catch(() => last)
    signal.throwIfAborted()
    return found
  }

  async #receipt(
    jobId: string,
    { signal, waitMs = JOB_WAIT_MS }: { signal: AbortSignal; waitMs?: number },
  ): Promise<Receipt> {
    const { core, driver, watchers, store, domain } = this.#parts
    const own = core.find(jobId)
    if (own !== undefined) return own
    const stored = await store.get(storeKeys.receipt(jobId))
    const known = stored && decodeReceipt(stored, domain)
    if (known !== undefined) return known
    const pick = (notice: Notice): Receipt | undefined =>
      notice.type === 'receipt' && notice.receipt.job.id === jobId ? notice.receipt : undefined
    const begin = (): void => driver.dispatch({ type: 'query', job: jobId })
    const ask = (limited: AbortSignal): Promise<Receipt> => watchers.first(pick, { signal: limited, begin })
    return this.#watching(jobId, () => atMost(waitMs, signal, ask)).catch((cause: unknown) => {
      signal.throwIfAborted()
      throw new WeftError('NOT_FOUND', `no peer that answered within ${waitMs / 1_000} s knows the job ${jobId}`, {
        cause,
      })
    })
  }

  #view(receipt: Receipt): JobView {
    const { ledger, domain } = this.#parts
    const registry = ledger.registryAt(receipt.certificate.header.epoch)
    const { spec } = receipt.job
    const committee = registry && drawCommittee(registry, spec.account, ownerOf(spec))
    return jobView({ receipt, committee, registry, domain })
  }

  #eventOf(jobId: string, notice: Notice, at: number): JobEvent | undefined {
    if (notice.type === 'receipt' && notice.receipt.job.id === jobId)
      return { type: 'job', at, job: this.#view(notice.receipt) }
    if (notice.type !== 'output' || notice.job !== jobId) return undefined
    return {
      type: 'output',
      at,
      peer: notice.peer,
      stream: notice.stream,
      text: new TextDecoder().decode(notice.chunk),
    }
  }

  #committee(registry: RegistryView, account: WalletKey): Committee {
    return drawCommittee(registry, account, this.#parts.ledger.ownerOf?.(account))
  }

  /** The (f + 1)-th largest of the witnesses' answers: f liars cannot push it up. */
  #accountView(wallet: WalletKey, committee: Committee, heads: readonly Head[]): AccountView {
    const seqs = heads.map((head) => head.nextSeq).sort((a, b) => b - a)
    const funds = heads.flatMap((head) => head.funds ?? []).sort((a, b) => (a > b ? -1 : a < b ? 1 : 0))
    const certificates = heads.flatMap((head) => decodeCertificate(head.certificate) ?? [])
    const valid = certificates.filter((certificate) => {
      const { epoch, account } = certificate.header
      const registry = this.#parts.ledger.registryAt(epoch)
      return (
        account === wallet &&
        registry !== undefined &&
        checkCertificate(certificate, this.#committee(registry, wallet)) === undefined
      )
    })
    const newest = valid.sort((a, b) => b.header.height - a.header.height)[0]?.header
    return {
      account: wallet,
      epoch: committee.epoch,
      height: newest?.height ?? 0,
      nextSeq: Math.max(seqs[committee.f] ?? 1, (newest?.lastSeq ?? 0) + 1),
      spent: String(newest?.spent ?? 0n),
      reserved: String(newest?.reserved ?? 0n),
      funds: funds[committee.f] === undefined ? null : String(funds[committee.f]),
      witnesses: committee.witnesses,
      n: committee.n,
      f: committee.f,
      q: committee.q,
      tolerance: committee.tolerance,
    }
  }

  async #watching<T>(job: string, work: () => Promise<T>): Promise<T> {
    const release = this.#watch(job)
    try {
      return await work()
    } finally {
      release()
    }
  }

  /** The core tells of a job while anybody here watches it. */
  #watch(job: string): () => void {
    const { driver } = this.#parts
    const count = this.#watched.get(job) ?? 0
    this.#watched.set(job, count + 1)
    if (count === 0) driver.dispatch({ type: 'watch', job })
    return () => {
      const left = (this.#watched.get(job) ?? 1) - 1
      if (left > 0) {
        this.#watched.set(job, left)
        return
      }
      this.#watched.delete(job)
      driver.dispatch({ type: 'unwatch', job })
    }
  }
}

const LISTED_MAX = 1_000

/** The wallet's statement in `raw`, or an error that says what is wrong with it. */
function readSigned<K extends typeof JOB | typeof CANCEL>(
  raw: Uint8Array,
  kind: K,
  domain: Uint8Array,
): Extract<Input, { kind: K }> {
  const envelope = readEnvelope(raw, domain)
  if (envelope?.kind !== kind) throw new WeftError('JOB_MALFORMED', `these bytes are not a signed ${kind}`)
  if (envelope.body.length > limits.jobBytes)
    throw new WeftError('JOB_TOO_LARGE', `the job has ${envelope.body.length} bytes; at most ${limits.jobBytes}`)
  if (!verifyEnvelope(envelope, domain))
    throw new WeftError('SIGNATURE_BAD', `the signature is not the wallet's over this ${kind} on this network`)
  const input = readInput(envelope, domain)
  if (input?.kind !== kind) throw new WeftError('JOB_MALFORMED', `what was signed is not the content of a ${kind}`)
  return input as Extract<Input, { kind: K }>
}

async function waitFor(register: (resolve: () => void) => void, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    register(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
  })
}
