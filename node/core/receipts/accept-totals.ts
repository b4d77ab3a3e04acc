/** Totals that an account's witness published: for this peer's ledger. */
import { checkCertificate, decodeCertificate } from '#protocol/agreement/certificate.ts'
import { totalsRoot } from '#protocol/credits/totals.ts'
import type { Frame } from '#protocol/messages/frame.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { nodeHash } from '#protocol/wire/merkle.ts'
import type { Context } from '../context.ts'
import { costs } from '../door/budgets.ts'

/**
 * Hands the totals in `frame`, which may come from anybody, to the ledger if the account's committee is known here, q
 * of it signed the header, and the totals are those of its state root. Else nothing happens.
 */
export function acceptTotals(context: Context, from: PeerKey, frame: Extract<Frame, { type: 'totals' }>): void {
  const certificate = decodeCertificate(frame.certificate)
  if (certificate === undefined) return
  const { header, signatures } = certificate
  const committee = context.committee(header.account, header.epoch)
  if (committee === undefined || !equalBytes(header.domain, context.identity.domain)) return
  const costUs = signatures.size * costs.signature
  if (!context.budgets.charge(from, costUs) || checkCertificate(certificate, committee) !== undefined) return
  context.budgets.giveBack(from, costUs)
  const totals = new Map(frame.totals.map(([payee, total]) => [payee, BigInt(total)]))
  const { jobsAndMeta } = frame
  if (jobsAndMeta.length !== 32 || !equalBytes(nodeHash(totalsRoot(totals), jobsAndMeta), header.stateRoot)) return
  context.effects.push({ type: 'ledger', header, totals, signatures, jobsAndMeta })
}
