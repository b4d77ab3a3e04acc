/**
 * Tells the whole network where accounts stand: their totals (by gossip) to the members' ledgers, and their heads (in
 * the DHT) to those who know none of their witnesses. Who is concerned by a single job hears of it from `JobNotifier`.
 */
import { type AccountState, jobsAndMeta } from '#protocol/account/state.ts'
import { type Certificate, encodeCertificate } from '#protocol/agreement/certificate.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { asMonotonic, earliestOf, later, type MonotonicMs } from '../time.ts'
import type { AccountLog } from './account-log.ts'
import { isDesignatedSender } from './job-notifier.ts'

/** What is published next of an account. */
interface Due {
  /** Not before this. */
  atMs: MonotonicMs
  /** `undefined` if the newest totals are published already. */
  certified: { readonly log: AccountLog; readonly state: AccountState; readonly certificate: Certificate } | undefined
}

/** Totals of one account are published at most this often. */
const TOTALS_EVERY_MS = 1_000
/** A put costs the network 0.3 s of CPU: heads are published rarely, by one witness. */
const HEAD_EVERY_MS = 10_000
/** Payees whose totals are in one frame; those beyond are learned from the state. */
const TOTALS_MAX = 1_024

/** One per peer; it publishes where this witness is the one whose turn it is. */
export class AccountPublisher {
  readonly #context: Context
  /** Accounts whose totals changed within the last second: at most those that this witness keeps. */
  readonly #due = new Map<WalletKey, Due>()
  /** Account → when its head may be published again; forgotten then. */
  readonly #heads = new Map<WalletKey, MonotonicMs>()

  constructor(context: Context) {
    this.#context = context
  }

  /**
   * The log has a new certified state: if its totals changed, or it is sealed, our own ledger gets them now, and the
   * others' not more often than once a second.
   */
  certified(log: AccountLog, before: AccountState): void {
    const { certificate, state } = log
    const sealed = state.sealedFor > 0 && before.sealedFor === 0
    if (certificate === undefined || (!sealed && !sumDiffers(before, state))) return
    this.#context.tellLedger(state, certificate)
    const due = this.#due.get(log.account) ?? { atMs: asMonotonic(0), certified: undefined }
    due.certified = { log, state, certificate }
    this.#due.set(log.account, due)
  }

  /** When totals are to be published; never if none changed. */
  nextMs(): MonotonicMs {
    return earliestOf([...this.#due.values()].filter(({ certified }) => certified !== undefined))
  }

  /** Publishes what is due. */
  tick(): void {
    const { monotonicMs } = this.#context
    for (const [account, due] of this.#due) {
      if (due.atMs > monotonicMs) continue
      if (due.certified === undefined) {
        this.#due.delete(account)
        continue
      }
      this.#publish(due.certified)
      due.certified = undefined
      due.atMs = later(monotonicMs, TOTALS_EVERY_MS)
    }
    for (const [account, atMs] of this.#heads) if (atMs <= monotonicMs) this.#heads.delete(account)
  }

  #publish({ log, state, certificate }: NonNullable<Due['certified']>): void {
    this.#publishHead(log)
    if (!isDesignatedSender(log, this.#context.self, certificate.header.height)) return
    const frame = {
      type: 'totals' as const,
      certificate: encodeCertificate(certificate),
      totals: [...state.totals].slice(0, TOTALS_MAX).map(([payee, total]): [string, bigint] => [payee, total]),
      jobsAndMeta: jobsAndMeta(state),
    }
    this.#context.effects.push({ type: 'gossip', topic: 'totals', frame })
  }

  /** Publishes where the account stands, for those who know none of its witnesses: the certificate, by its height. */
  #publishHead(log: AccountLog): void {
    const { certificate } = log
    const { monotonicMs } = this.#context
    const { witnesses } = log.rules.committee
    if (certificate === undefined || witnesses[log.state.height % witnesses.length] !== this.#context.self) return
    if (monotonicMs < (this.#heads.get(log.account) ?? monotonicMs)) return
    this.#heads.set(log.account, later(monotonicMs, HEAD_EVERY_MS))
    const value = encodeCertificate(certificate)
    this.#context.effects.push({ type: 'record', key: headKey(log.account), sequence: log.state.height, value })
  }
}

/** DHT key of an account's newest certificate, below the network's own prefix. */
export function headKey(account: WalletKey): string {
  return `account/${account}`
}

function sumDiffers(before: AccountState, after: AccountState): boolean {
  if (before.totals.size !== after.totals.size) return true
  for (const [payee, total] of after.totals) if (before.totals.get(payee) !== total) return true
  return false
}
