/** This witness's part in agreeing on a log: by which rules it votes, what its disk remembers of that, and when it must abstain. */
import type { Rules } from '#protocol/account/draft.ts'
import { createInstance } from '#protocol/agreement/begin-height.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Durable, Recovered } from '#protocol/agreement/effects.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import { encode } from '#protocol/wire/canonical.ts'
import type { Context } from '../context.ts'
import { storeKeys } from '../store-keys.ts'
import type { AccountLog } from './account-log.ts'

export function rulesOf(context: Context, committee: Committee): Rules {
  const registry = context.ledger.registryAt(committee.epoch)
  if (registry === undefined) throw new Error('broken invariant: a committee of an unknown epoch')
  const { domain, networkId } = context.identity
  return { domain, networkId, registry, committee }
}

/** Begins to agree on what follows the log's state, if this peer is one of its witnesses. `recovered`: its votes of before the start. */
export function takePart(context: Context, log: AccountLog, recovered: Recovered = { crashed: false }): void {
  const { identity } = context
  if (!log.rules.committee.witnesses.includes(context.self)) return
  log.instance = createInstance({
    domain: identity.domain,
    signer: identity.signer,
    application: log,
    position: log.position(),
    previousSignatures: log.certificate?.signatures ?? new Map(),
    lastProposer: log.state.proposer === '' ? undefined : log.state.proposer,
    recovered,
    abstains: log.abstainsIn === log.rules.committee.epoch,
  })
}

/** Our own signature under a height that our disk knows nothing of: the disk is old (a backup), so we abstain until the next epoch. */
export function abstainIfForgotten(context: Context, log: AccountLog, certificate: Certificate): void {
  if (!certificate.signatures.has(context.self) || certificate.header.height <= log.signedHeight) return
  log.abstainsIn = certificate.header.epoch
  context.write([{ put: storeKeys.abstain(log.account), value: Uint8Array.of(1) }], {
    durable: true,
    lane: log.account,
  })
  context.log(
    'error',
    { account: log.account, height: certificate.header.height },
    'the store is older than our signatures: abstaining until the next epoch',
  )
}

/** Makes a vote durable before what follows it in the log's lane is sent. */
export function keepVote(context: Context, log: AccountLog, record: Durable): void {
  if (record.kind === 'signed') log.signedHeight = Math.max(log.signedHeight, record.height)
  const change = { put: storeKeys.vote(log.account, record.kind), value: encodeRecord(record) }
  context.write([change], { durable: true, lane: log.account })
}

function encodeRecord(record: Durable): Uint8Array {
  switch (record.kind) {
    case 'lock':
      return encode({ ...record, prepared: { ...record.prepared } })
    case 'promise':
      return encode({ ...record })
    case 'signed':
      return encode({ ...record })
  }
}
