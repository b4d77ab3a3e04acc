/**
 * Signed inputs on their way in: what they rely on is fetched, and they wait in their account's log until an entry
 * serves them.
 */
import { accountOf, type Input } from '#protocol/account/inputs.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { AccountLog } from './account-log.ts'
import type { JobNotifier } from './job-notifier.ts'

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

  /** The input in `raw`, its signature verified; `undefined` if it is none. */
  read(raw: Uint8Array): Input | undefined {
    const envelope = this.#context.envelope(raw)
    return envelope === undefined ? undefined : this.#context.input(envelope)
  }

  /** Takes an input of the log's account, which `from` sent; true if it is new here. Offers are no inputs of a log. */
  take(log: AccountLog, input: Input, from: PeerKey): boolean {
    const { kind, envelope } = input
    if (kind === 'profile' || kind === 'load') return false
    if (kind === 'job') this.#notifier.follow(envelope.id, from)
    if (kind === 'job' && log.state.jobs.has(envelope.id)) {
      this.#notifier.answer(log, envelope.id, from)
      return false
    }
    this.#fetchFor(input, from)
    return log.pending.add(input, this.#context.activeMs)
  }

  /** Takes what another witness wants served, as far as it is of the log's account; true if something is new here. */
  takeAll(log: AccountLog, from: PeerKey, bodies: ReadonlyMap<string, { readonly raw: Uint8Array }>): boolean {
    let news = false
    for (const { raw } of bodies.values()) {
      const input = this.read(raw)
      if (input !== undefined && accountOf(input) === log.account) news = this.take(log, input, from) || news
    }
    return news
  }

  /** A job's inputs come from whoever sent it, a result's outputs from the replica that signed it. */
  #fetchFor(input: Input, from: PeerKey): void {
    if (input.kind === 'job') for (const file of input.spec.inputs) this.#blobs.need(file.cid, [from])
    if (input.kind !== 'result') return
    const { output, logs, body } = input.statement
    const { signer } = input.envelope
    this.#blobs.need(output, [signer])
    this.#blobs.need(logs, [signer])
    if (body.length > 0) this.#blobs.add(body)
  }
}
