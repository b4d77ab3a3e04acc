/** What a peer hears from the others, and from itself: each frame goes to the part that it is for. */
import type { Frame } from '#protocol/messages/frame.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from './blobs/blob-exchange.ts'
import type { Context } from './context.ts'
import type { OfferBook } from './offers/offer-book.ts'
import type { Poster } from './poster/poster.ts'
import { acceptTotals } from './receipts/accept-totals.ts'
import type { ReceiptTracker } from './receipts/receipt-tracker.ts'
import type { Replica } from './replica/replica.ts'
import type { Witness } from './witness/witness.ts'

/** What a peer is made of. */
export interface Parts {
  readonly context: Context
  readonly blobs: BlobExchange
  readonly offers: OfferBook
  readonly witness: Witness
  readonly replica: Replica
  readonly poster: Poster
  readonly receipts: ReceiptTracker
}

export function dispatchFrame(parts: Parts, from: PeerKey, frame: Frame): void {
  const { context, blobs, offers, witness, replica, poster, receipts } = parts
  switch (frame.type) {
    case 'agreement':
      witness.onAgreement(from, frame.message)
      break
    case 'inputs':
      witness.onInputs(from, frame.inputs)
      break
    case 'rejected':
      poster.onRejected(from, frame.id, frame.code)
      break
    case 'offers':
      offers.receive(frame.offers)
      break
    case 'renew':
      witness.onRenew(from, frame)
      break
    case 'renewed':
      replica.onRenewed(from, frame)
      break
    case 'want':
      blobs.onWant(from, frame.cids)
      break
    case 'blob':
      blobs.onBlob(frame.bytes)
      break
    case 'query':
      if (!witness.queries.onQuery(from, frame.job)) receipts.load(from, frame.job)
      break
    case 'receipt':
      receipts.onReceipt(frame.receipt)
      break
    case 'unknown':
      break
    case 'account':
      witness.queries.onAccount(from, frame.account)
      break
    case 'head': {
      const { account, certificate, nextSeq, funds } = frame
      const notice = {
        type: 'head' as const,
        from,
        account,
        certificate,
        nextSeq,
        funds: funds === null ? null : BigInt(funds),
      }
      context.effects.push({ type: 'notice', notice })
      break
    }
    case 'totals':
      acceptTotals(context, frame)
      break
    case 'fetch-state':
      witness.keeper.onFetchState(from, frame.account, frame.epoch)
      break
    case 'state':
      witness.keeper.onState(frame)
      break
    case 'no-state':
      witness.keeper.onNoState(from, frame.account, frame.epoch)
      break
    case 'fetch-entry':
      witness.queries.onFetchEntry(from, frame.account, frame.height)
      break
    case 'entry':
      context.effects.push({ type: 'notice', notice: frame })
      break
    case 'output': {
      const { job, stream, chunk } = frame
      context.effects.push({ type: 'notice', notice: { type: 'output', job, peer: from, stream, chunk } })
      break
    }
    case 'ledger':
      context.effects.push({ type: 'ledger-message', from, message: frame.message })
      break
  }
}
