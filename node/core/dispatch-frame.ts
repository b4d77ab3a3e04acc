/** What a peer hears from the others, and from itself: each frame goes to the part that it is for. */
import type { Frame, FrameOf } from '#protocol/messages/frame.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from './blobs/blob-exchange.ts'
import type { Context } from './context.ts'
import type { OfferBook } from './offers/offer-book.ts'
import type { Poster } from './poster/poster.ts'
import { acceptTotals } from './receipts/accept-totals.ts'
import type { ReceiptTracker } from './receipts/receipt-tracker.ts'
import type { Replica } from './replica/replica.ts'
import type { Witness } from './witness/witness.ts'

/** What a peer is made of. All parts share one context. */
export interface Parts {
  readonly context: Context
  readonly blobs: BlobExchange
  readonly offers: OfferBook
  readonly witness: Witness
  readonly replica: Replica
  readonly poster: Poster
  readonly receipts: ReceiptTracker
}

type Handler<T extends Frame['type']> = (parts: Parts, from: PeerKey, frame: FrameOf<T>) => void

/** One for each frame of the table: without it, this file does not compile. */
const handlers: { readonly [T in Frame['type']]: Handler<T> } = {
  agreement: ({ witness }, from, { message }) => witness.onAgreement(from, message),
  inputs: ({ witness }, from, { inputs }) => witness.onInputs(from, inputs),
  rejected: ({ poster }, from, { id, code }) => poster.onRejected(from, id, code),
  renew: ({ witness }, from, frame) => witness.onRenew(from, frame),
  renewed: ({ replica }, from, frame) => replica.onRenewed(from, frame),
  query: ({ context, witness, receipts }, from, { job }) => {
    if (!mayAsk(context, from)) return
    if (!witness.queries.onQuery(from, job)) receipts.load(from, job)
  },
  receipt: ({ receipts }, from, { receipt }) => receipts.onReceipt(from, receipt),
  // Who asked asks all witnesses, and waits for the one that knows.
  unknown: () => undefined,
  output: ({ context, witness, poster }, from, { job, stream, chunk }) => {
    const record = witness.queries.record(job) ?? poster.receiptOf(job)?.job
    if (record?.seats.some(({ peer }) => peer === from) !== true) return
    context.effects.push({ type: 'notice', notice: { type: 'output', job, peer: from, stream, chunk } })
  },
  account: ({ context, witness }, from, { account }) => {
    if (mayAsk(context, from)) witness.queries.onAccount(from, account)
  },
  head: ({ context }, from, { account, certificate, nextSeq, funds }) => {
    const told = { account, certificate, nextSeq, funds: funds === null ? null : BigInt(funds) }
    context.effects.push({ type: 'notice', notice: { type: 'head', from, ...told } })
  },
  totals: ({ context }, from, frame) => acceptTotals(context, from, frame),
  offers: ({ offers }, _from, frame) => offers.receive(frame.offers),
  want: ({ blobs }, from, { cids }) => blobs.onWant(from, cids),
  blob: ({ blobs }, _from, { bytes }) => blobs.onBlob(bytes),
  'fetch-state': ({ context, witness }, from, { account, epoch }) => {
    if (mayAsk(context, from)) witness.keeper.onFetchState(from, account, epoch)
  },
  state: ({ witness }, _from, frame) => witness.keeper.onState(frame),
  'no-state': ({ witness }, from, { account, epoch }) => witness.keeper.onNoState(from, account, epoch),
  'fetch-entry': ({ context, witness }, from, { account, height }) => {
    if (mayAsk(context, from)) witness.queries.onFetchEntry(from, account, height)
  },
  entry: ({ context }, _from, frame) => context.effects.push({ type: 'notice', notice: frame }),
  ledger: ({ context }, from, { message }) => context.effects.push({ type: 'ledger-message', from, message }),
}

/** Answers cost more than questions: each peer gets as many as its standing allows. */
function mayAsk({ budgets, standings }: Context, from: PeerKey): boolean {
  return budgets.answer(from, 0, standings.of(from))
}

/**
 * Hands `frame` to the one part that it is for, at once. `from` is authenticated by the channel, or is this peer
 * itself. Parts ignore what they did not ask for and what does not prove itself.
 */
export function dispatchFrame<T extends Frame['type']>(parts: Parts, from: PeerKey, frame: FrameOf<T>): void {
  const handle: Handler<T> = handlers[frame.type]
  handle(parts, from, frame)
}
