/**
 * Answers everything that `PeerApi` asks, each question by one function of this folder: events to the core, notices
 * from it.
 */
import type { WalletKey } from '#protocol/wire/keys.ts'
import { validateParams } from '../../adapters/executors/catalogue.ts'
import type { AccountView } from '../../api/accounts.ts'
import type { JobEvent, JobView } from '../../api/job-view.ts'
import type { EngineCheck, Submission } from '../../api/jobs.ts'
import type { InviteTerms, PeerInfo, PeerSummary } from '../../api/network.ts'
import type { WhyView } from '../../api/why.ts'
import type { PeerApi } from '../peer-api.ts'
import { askAccount } from './account.ts'
import { why } from './explain-placement.ts'
import { fetchBlob, fetchMaterial } from './fetch.ts'
import { followJob } from './follow.ts'
import { findReceipt, listJobs, viewOf } from './jobs.ts'
import type { ApiParts } from './parts.ts'
import { peerInfo, peerList } from './status.ts'
import { cancel, submit } from './submit.ts'
import { Watching } from './watching.ts'

/** {@link PeerApi} over the parts of a running peer. */
export class PeerFacade implements PeerApi {
  readonly #parts: ApiParts
  readonly #watching: Watching

  constructor(parts: ApiParts) {
    this.#parts = parts
    this.#watching = new Watching(parts.driver)
  }

  info(): PeerInfo {
    return peerInfo(this.#parts)
  }

  peers(): readonly PeerSummary[] {
    return peerList(this.#parts)
  }

  knownEngines(): readonly string[] {
    return [...this.#parts.executors.keys()]
  }

  async account(wallet: WalletKey, options: { signal: AbortSignal }): Promise<AccountView> {
    return askAccount(this.#parts, wallet, options)
  }

  async submit(job: Submission, options: { signal: AbortSignal }): Promise<JobView> {
    return submit(this.#parts, this.#watching, job, options)
  }

  async cancel(raw: Uint8Array, options: { signal: AbortSignal }): Promise<JobView> {
    return cancel(this.#parts, this.#watching, raw, options)
  }

  async jobs(options: { account?: WalletKey; limit: number }): Promise<readonly JobView[]> {
    return listJobs(this.#parts, options)
  }

  async job(jobId: string, options: { signal: AbortSignal; waitMs?: number }): Promise<JobView> {
    return viewOf(this.#parts, await findReceipt(this.#parts, this.#watching, jobId, options))
  }

  follow(jobId: string, options: { signal: AbortSignal }): AsyncIterable<JobEvent> {
    return followJob(this.#parts, this.#watching, jobId, options)
  }

  async blob(cid: string, options: { signal: AbortSignal }): Promise<Uint8Array | undefined> {
    return fetchBlob(this.#parts, cid, options)
  }

  async why(jobId: string, options: { signal: AbortSignal }): Promise<WhyView> {
    const receipt = await findReceipt(this.#parts, this.#watching, jobId, options)
    const { store, ledger, domain, core, clock } = this.#parts
    const context = { store, ledger, domain, networkId: ledger.networkId }
    const material = await fetchMaterial(this.#parts, receipt, context, options.signal)
    return why(receipt, viewOf(this.#parts, receipt), {
      ...context,
      material,
      offers: core.summary().offers,
      nowMs: clock.wallMs(),
    })
  }

  async invite(terms: InviteTerms): Promise<string> {
    return this.#parts.invite(terms)
  }

  signing(): { domain: Uint8Array; network: string } {
    return { domain: this.#parts.domain, network: this.#parts.ledger.networkId }
  }

  validateEngine({ engine, params, paths }: EngineCheck): string | undefined {
    const executor = this.#parts.executors.get(engine)
    return executor === undefined ? validateParams(engine, params, paths) : executor.validate(params, paths)
  }
}
