/** Why a job was placed where it was: recomputes the entry that placed it from the state before and the entry's own inputs. */

import { placementInput } from '#protocol/account/place.ts'
import type { Receipt } from '#protocol/account/receipt.ts'
import { type AccountState, headerOf } from '#protocol/account/state.ts'
import { step } from '#protocol/account/step.ts'
import { decodeCertificate } from '#protocol/agreement/certificate.ts'
import { readEntry } from '#protocol/agreement/entry.ts'
import { bodiesOf } from '#protocol/agreement/instance.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import type { Offer } from '#protocol/membership/offer.ts'
import type { PlacementInput } from '#protocol/placement/eligible.ts'
import { explain } from '#protocol/placement/explain.ts'
import { buildOfferTable } from '#protocol/placement/offer-table.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { toHex } from '#protocol/wire/hash.ts'
import { headerDigest } from '#protocol/wire/header.ts'
import type { JobView, WhyView } from './api.ts'
import { storeKeys } from './core/keys.ts'
import { recordSchemas } from './records.ts'
import { type RecoverOptions, stateAt } from './recover.ts'

interface Recomputed {
  readonly certified: string
  readonly recomputed: string
  readonly input: PlacementInput | undefined
}

/** The explanation of `receipt`'s job. Where this peer does not hold the entry, the peers are explained with the offers known now. */
export async function why(
  receipt: Receipt,
  view: JobView,
  options: RecoverOptions & { offers: readonly Offer[]; nowMs: number },
): Promise<WhyView> {
  const { job } = receipt
  const recomputed = job.placedHeight === 0 ? undefined : await recompute(receipt, options)
  const input = recomputed?.input ?? inputNow(receipt, options)
  return {
    jobId: job.id,
    state: view.state,
    height: job.placedHeight === 0 ? null : job.placedHeight,
    want: input?.want ?? job.spec.replicas,
    peers: input === undefined ? [] : explain(input),
    certified: recomputed?.certified ?? null,
    recomputed: recomputed?.recomputed ?? null,
    matches: recomputed !== undefined && recomputed.certified === recomputed.recomputed,
  }
}

async function recompute({ job, certificate }: Receipt, options: RecoverOptions): Promise<Recomputed | undefined> {
  const { account } = certificate.header
  const { store, domain, networkId, ledger } = options
  const record = await store.get(storeKeys.entry(account, job.placedHeight))
  const before = await stateAt(account, job.placedHeight - 1, options)
  const parsed = record && recordSchemas.entry.safeParse(decode(record))
  if (parsed?.success !== true || before === undefined || before.state.height !== job.placedHeight - 1) return undefined
  const [raw, certificateBytes, bodies] = parsed.data
  const entry = readEntry(raw, domain)
  const signed = decodeCertificate(certificateBytes)
  const registry = entry && ledger.registryAt(entry.epoch)
  if (entry === undefined || signed === undefined || registry === undefined) return undefined
  const rules = { domain, networkId, registry, committee: drawCommittee(registry, account) }
  let input: PlacementInput | undefined
  const stepped = step(before.state, entry, bodiesOf(domain, bodies), rules, (id, decision) => {
    if (id === job.id) input = decision
  })
  if (stepped === undefined) return undefined
  const digest = toHex(headerDigest(headerOf(stepped.state, domain)))
  return { certified: toHex(headerDigest(signed.header)), recomputed: digest, input }
}

/** The decision that would be taken now, for a job that waits. */
function inputNow(
  { job, certificate }: Receipt,
  options: RecoverOptions & { offers: readonly Offer[]; nowMs: number },
): PlacementInput | undefined {
  const { domain, networkId, ledger } = options
  const registry = ledger.registryAt(certificate.header.epoch)
  if (registry === undefined) return undefined
  const rules = { domain, networkId, registry, committee: drawCommittee(registry, job.spec.account) }
  const state: Pick<AccountState, 'jobs' | 'account'> = { account: job.spec.account, jobs: new Map() }
  const unseated = { ...job, seats: [] }
  return placementInput(unseated, { state, rules, offers: buildOfferTable(options.offers), timeMs: options.nowMs })
}
