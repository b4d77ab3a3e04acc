/** Contributions: what each witness says about the next entry, signed. */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { amount, key, nat } from '../shapes.ts'
import { decode, type Plain } from '../wire/canonical.ts'
import { type Envelope, seal, verifyEnvelope } from '../wire/envelope.ts'
import type { PeerKey, Signer, WalletKey } from '../wire/keys.ts'

/** Ids that one contribution may name: inputs, and two envelopes an offer. */
export const NAMED_MAX: number = limits.inputsPerEntry + 2 * limits.offersPerContribution

/**
 * What one witness says about the next entry. Believed as its own view only: what counts is the union or the median
 * of q.
 */
export interface Contribution {
  readonly account: WalletKey
  readonly epoch: number
  readonly height: number
  /** Hex digest of the header before, or empty at the first height. */
  readonly previous: string
  /** The witness's wall clock, milliseconds since 1970. */
  readonly clockMs: number
  /**
   * What the witness's ledger says the account may spend in its life, micro-credits, and when it said so; `null` if
   * it does not know.
   */
  readonly funds: { readonly total: bigint; readonly asOfMs: number } | null
  /** The ledger's epoch as the witness sees it; larger than `epoch`: this epoch should be sealed. */
  readonly ledgerEpoch: number
  /** Ids of the signed inputs that it wants served; it sends their bodies along. */
  readonly inputs: readonly string[]
  /** Leases that are overdue by this witness's clock: job id, fence and replica. */
  readonly overdue: readonly (readonly [string, number, PeerKey])[]
}

/** A contribution with the envelope that signs it. */
export interface SignedContribution extends Contribution {
  readonly envelope: Envelope
}

/** The kind of a contribution's envelope. */
export const CONTRIBUTION = 'contribution'
/** Signs `contribution` for the network of this domain (32 bytes). */
export function sealContribution(contribution: Contribution, domain: Uint8Array, signer: Signer): SignedContribution {
  const { funds, ...rest } = contribution
  const statement: Plain = { ...rest, funds: funds === null ? null : { ...funds } }
  return { ...contribution, envelope: seal(CONTRIBUTION, statement, domain, signer) }
}

/**
 * The contribution in `envelope`, its signature verified; `undefined` if it is not one, or larger than
 * `limits.contributionStatementBytes`.
 */
export function readContribution(envelope: Envelope, domain: Uint8Array): SignedContribution | undefined {
  if (envelope.kind !== CONTRIBUTION || envelope.raw.length > limits.contributionStatementBytes) return undefined
  const parsed = contributionSchema.safeParse(decode(envelope.body))
  if (!parsed.success || !verifyEnvelope(envelope, domain)) return undefined
  return { ...parsed.data, envelope }
}

const text = z.string().max(128)

const contributionSchema = z.strictObject({
  account: key,
  epoch: nat,
  height: nat.max(limits.heightMax),
  previous: text,
  clockMs: nat,
  funds: z
    .strictObject({
      total: amount.refine((value) => value < 1n << 63n),
      asOfMs: nat,
    })
    .nullable(),
  ledgerEpoch: nat,
  inputs: z.array(text).max(NAMED_MAX),
  overdue: z.array(z.tuple([text, nat, text])).max(limits.openJobsPerAccount),
})
