/**
 * This witness's votes on its logs: by which rules it votes, what its disk remembers of its votes, and when it must
 * abstain.
 *
 * What a witness has promised (not to vote below a view, its lock, its one signature per height) lives in four places,
 * in this order: agreement decides it (`persist` effects of protocol/agreement), {@link Voting.persist} writes it
 * before what depends on it is sent, the runtime reads it at the next start (node/runtime/recover.ts), and {@link
 * Voting.begin} hands it back to agreement, which keeps to it.
 */
import type { Rules } from '#protocol/account/draft.ts'
import { createInstance } from '#protocol/agreement/begin-height.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Durable, Recovered } from '#protocol/agreement/effects.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import { encode } from '#protocol/wire/canonical.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { storeKeys } from '../store-keys.ts'
import type { AccountLog } from './account-log.ts'

/**
 * What entries of `committee` are checked by. Throws if its epoch is unknown: a committee is drawn from a known
 * registry.
 */
export function rulesOf(context: Context, committee: Committee): Rules {
  const registry = context.ledger.registryAt(committee.epoch)
  if (registry === undefined) throw new Error('broken invariant: a committee of an unknown epoch')
  const { domain, networkId } = context.identity
  return { domain, networkId, registry, committee }
}

/** Keeps this witness to what it said, over restarts. One per peer, for all its logs. */
export class Voting {
  readonly #context: Context
  readonly #recovered: ReadonlyMap<WalletKey, Recovered>

  /** `recovered`: this witness's votes of before the start, by account. */
  constructor(context: Context, recovered: ReadonlyMap<WalletKey, Recovered>) {
    this.#context = context
    this.#recovered = recovered
  }

  /** Highest height of the account whose header this witness signed before the start; 0 if none. */
  signedHeight(account: WalletKey): number {
    return this.#recovered.get(account)?.signed?.height ?? 0
  }

  /** Begins to agree on what follows the log's state, if this peer is one of its witnesses. */
  begin(log: AccountLog): void {
    const { identity, self } = this.#context
    if (!log.rules.committee.witnesses.includes(self)) return
    log.instance = createInstance({
      domain: identity.domain,
      signer: identity.signer,
      application: log,
      position: log.position(),
      previousSignatures: log.certificate?.signatures ?? new Map(),
      lastProposer: log.state.proposer === '' ? undefined : log.state.proposer,
      recovered: this.#recovered.get(log.account) ?? { crashed: false },
      abstains: log.abstainsIn === log.rules.committee.epoch,
    })
  }

  /**
   * Abstains until the next epoch if our own signature stands under a height that our disk knows nothing of: the disk
   * is old (a backup), and what else it forgot is unknown.
   */
  abstainIfForgotten(log: AccountLog, certificate: Certificate): void {
    const { header, signatures } = certificate
    if (!signatures.has(this.#context.self) || header.height <= log.signedHeight) return
    log.abstainsIn = header.epoch
    this.#context.write([{ put: storeKeys.abstain(log.account), value: Uint8Array.of(1) }], {
      durable: true,
      lane: log.account,
    })
    this.#context.log(
      'error',
      { account: log.account, height: header.height },
      'the store is older than our signatures: abstaining until the next epoch',
    )
  }

  /** Makes a vote durable before what follows it in the log's lane is sent. */
  persist(log: AccountLog, record: Durable): void {
    if (record.kind === 'signed') log.signedHeight = Math.max(log.signedHeight, record.height)
    const change = { put: storeKeys.vote(log.account, record.kind), value: encodeRecord(record) }
    this.#context.write([change], { durable: true, lane: log.account })
  }
}

function encodeRecord(record: Durable): Uint8Array {
  switch (record.kind) {
    case 'lock':
      return encode({ ...record, prepared: { ...record.prepared } })
    case 'promise':
    case 'signed':
      return encode({ ...record })
    default:
      return record satisfies never
  }
}
