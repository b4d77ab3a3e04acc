/**
 * Certified states from witness to witness: sent as they are, believed only with q signatures under exactly these
 * bytes.
 */
import { decodeState, encodeState } from '#protocol/account/codec.ts'
import { type AccountState, headerOf } from '#protocol/account/state.ts'
import {
  type Certificate,
  checkCertificate,
  decodeCertificate,
  encodeCertificate,
} from '#protocol/agreement/certificate.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import type { AccountLog } from './account-log.ts'

/** A state of an account, its certificate, and the committee that signed it. */
export interface CertifiedState {
  readonly state: AccountState
  readonly certificate: Certificate
  readonly certifiedBy: Committee
}

/** Sends `to` the log's certified state, once it is on this disk; nothing at height 0. */
export function sendState(context: Context, log: AccountLog, to: readonly PeerKey[]): void {
  if (log.certificate === undefined) return
  const frame = {
    type: 'state' as const,
    account: log.account,
    certificate: encodeCertificate(log.certificate),
    state: encodeState(log.state),
  }
  context.send(to, frame, { channel: 'bulk', lane: log.account })
}

/**
 * The state in `frame`; `undefined` unless it is higher than `known`, and q witnesses of its own epoch's committee
 * signed it.
 */
export function readState(
  context: Context,
  frame: { account: WalletKey; certificate: Uint8Array; state: Uint8Array },
  known: AccountState | undefined,
): CertifiedState | undefined {
  const certificate = decodeCertificate(frame.certificate)
  const { domain } = context.identity
  if (certificate === undefined || certificate.header.account !== frame.account) return undefined
  if (known !== undefined && known.height >= certificate.header.height) return undefined
  // The signatures first: a state is large. Only the state of a job's own account shows whose account it is, and by
  // that which committee is right.
  const state = isCertified(context, certificate) || !context.knowsOwner(frame.account) ? decoded() : undefined
  const certifiedBy = context.committee(frame.account, certificate.header.epoch)
  if (state === undefined || certifiedBy === undefined || !isCertified(context, certificate)) return undefined
  if (!equalBytes(encodeHeader(headerOf(state, domain)), certificate.headerBytes)) return undefined
  return { state, certificate, certifiedBy }

  function decoded(): AccountState | undefined {
    const read = decodeState(frame.state, domain)
    for (const { spec } of read?.jobs.values() ?? []) context.learn(spec)
    return read
  }
}

/** True if q witnesses of the account's committee, as far as it is known, signed it. */
function isCertified(context: Context, certificate: Certificate): boolean {
  const { account, epoch } = certificate.header
  const committee = context.committee(account, epoch)
  return committee !== undefined && checkCertificate(certificate, committee) === undefined
}
