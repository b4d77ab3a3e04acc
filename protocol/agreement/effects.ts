/** What the machine asks of its caller, in order, and what the caller's disk gives back after a restart. */
import type { AgreementMessage, Prepared } from '../messages/agreement.ts'
import type { PeerKey } from '../wire/keys.ts'
import type { Certificate } from './certificate.ts'
import type { Bodies, Entry } from './entry.ts'

/**
 * What the caller does for the machine, strictly in order: an effect that persists comes before what depends on it is
 * sent.
 */
export type AgreementEffect =
  /** Make durable before any effect after it is carried out. */
  | { readonly type: 'persist'; readonly record: Durable }
  /** To each of `to`, which are witnesses of this account and never this one. Frames may be lost. */
  | { readonly type: 'send'; readonly to: readonly PeerKey[]; readonly message: AgreementMessage }
  /** The entry is certified: the log takes it over, and the caller moves the machine to the next height. */
  | { readonly type: 'decided'; readonly entry: Entry; readonly bodies: Bodies; readonly certificate: Certificate }
  /** Signed inputs that another witness wants served: pending here too, once they are verified. */
  | { readonly type: 'learned'; readonly from: PeerKey; readonly bodies: Bodies }
  /** `from` knows how `height` ended, and this witness does not: fetch its state. May come often. */
  | { readonly type: 'behind'; readonly from: PeerKey; readonly height: number }
  /** Two headers of one height signed by one witness: transferable proof of its guilt. */
  | { readonly type: 'evidence'; readonly witness: PeerKey; readonly headers: readonly [SignedHeader, SignedHeader] }

/** A header as it was signed: 160 bytes and an Ed25519 signature of 64 over them. */
export interface SignedHeader {
  readonly headerBytes: Uint8Array
  readonly signature: Uint8Array
}

/** What must survive a crash. The latest record of each kind counts. */
export type Durable =
  /** Written before the commit vote. */
  | {
      readonly kind: 'lock'
      readonly height: number
      readonly prepared: Prepared
      readonly bodies: readonly Uint8Array[]
    }
  /** Written before a view change is sent: no vote below `view` at `height` any more. */
  | { readonly kind: 'promise'; readonly height: number; readonly view: number }
  /** Written before the header's signature is sent. */
  | { readonly kind: 'signed'; readonly height: number; readonly headerBytes: Uint8Array }

/** What a witness found on its disk when it started. */
export interface Recovered {
  readonly lock?: Extract<Durable, { kind: 'lock' }>
  readonly promise?: Extract<Durable, { kind: 'promise' }>
  readonly signed?: Extract<Durable, { kind: 'signed' }>
  /** False after a clean stop: then every vote that was sent is on the disk. */
  readonly crashed: boolean
}
