/**
 * Signed inputs on their way in: what they rely on is fetched, and they wait in their account's log until an entry
 * serves them.
 */
import { accountOf, type LogInput } from '#protocol/account/inputs.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { AccountLog } from './account-log.ts'
import type { JobNotifier } from './job-notifier.ts'
import { relevanceOf } from './relevance.ts'

/** Whoever sends a job hears what becomes of it. */
export class InputIntake {
  readonly #context: Context
  readonly #blobs: BlobExchange
  readonly #notifier: JobNotifier

  constructor(parts: { context: Context; blobs: BlobExchange; notifier: JobNotifier }) {
    this.#context = parts.context
    this.#blobs = parts.blobs
    this.#notifier = parts.notifier
  }

  /**
   * Takes an input of the log's account, which `from` sent, its signature verified; true if it is new here. What can
   * concern the log no more is dropped, what has no room too: its author says it again.
   */
  take(log: AccountLog, input: LogInput, from: PeerKey): boolean {
    const { kind, envelope } = input
    const relevance = relevanceOf(log, input)
    if (relevance === 'never') return false
    if (kind === 'job') this.#notifier.follow(envelope.id, from)
    if (kind === 'job') this.#context.standings.metPoster(from)
    if (kind === 'job' && log.state.jobs.has(envelope.id)) {
      this.#notifier.answer(log, envelope.id, from)
      return false
    }
    // One result a seat: another one, with other logs, is fetched nothing for.
    if (kind === 'result' && log.pending.hasOtherResult(input)) return false
    const isNew = log.pending.add(input, { nowMs: this.#context.activeMs, early: relevance === 'early' })
    if (relevance === 'now' && (isNew || log.pending.get(envelope.id) !== undefined)) this.#fetchFor(input, from)
    return isNew
  }

  /** Takes what another witness wants served, as far as it is of the log's account; true if something is new here. */
  takeAll(log: AccountLog, from: PeerKey, bodies: ReadonlyMap<string, { readonly raw: Uint8Array }>): boolean {
    let news = false
    for (const { raw } of bodies.values()) {
      const envelope = this.#context.envelope(raw)
      const input = envelope === undefined ? undefined : this.#context.input(envelope)
      if (input === undefined || input.kind === 'profile' || input.kind === 'load') continue
      if (accountOf(input) === log.account) news = this.take(log, input, from) || news
    }
    return news
  }

  /**
   * The outputs that a certified entry counted are kept: what was paid for can be collected. They came with the
   * results, and nothing of what came with others is stored.
   */
  keepOutputs({ state }: AccountLog, bodies: Iterable<Envelope>): void {
    for (const envelope of bodies) {
      const input = envelope.kind === 'result' ? this.#context.input(envelope) : undefined
      if (input?.kind !== 'result' || input.statement.body.length === 0) continue
      const { job, output, body } = input.statement
      const seat = state.jobs.get(job)?.seats.find(({ peer }) => peer === envelope.signer)
      if (seat?.result?.output === output && output !== '') this.#blobs.add(body)
    }
  }

  /** A job's inputs come from whoever sent it, a result's outputs from the replica that signed it. */
  #fetchFor(input: LogInput, from: PeerKey): void {
    if (input.kind === 'job') for (const file of input.spec.inputs) this.#blobs.need(file.cid, [from])
    if (input.kind !== 'result') return
    const { output, logs, body } = input.statement
    const { signer } = input.envelope
    if (body.length === 0) this.#blobs.need(output, [signer])
    this.#blobs.need(logs, [signer])
  }
}
