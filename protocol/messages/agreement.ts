/**
 * What witnesses of one account say to each other to agree on its next entry; votes are named as in PBFT (Castro and
 * Liskov, OSDI 1999). The schemas bound and shape; signatures and proofs are verified by `agreement/`.
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytes, key, nat, sha256Hex } from '../shapes.ts'
import { type Message, schemaOf } from './message.ts'
import { inputBodies as bodies, signature, WITNESSES_MAX } from './shapes.ts'

const view = nat.max(limits.viewMax)
const digest = sha256Hex
/** What every message of an instance begins with. */
const position = { account: key, epoch: nat, height: nat.max(limits.heightMax) }

const preparedSchema = z.strictObject({
  view,
  digest,
  prepares: z.array(z.tuple([z.string(), signature])).max(WITNESSES_MAX),
  entry: bytes,
})

const viewChangeSchema = z.strictObject({ from: key, view, prepared: preparedSchema.nullable(), signature })

/**
 * The messages of agreement. Each is about one account, epoch and height, and believed from an authenticated witness
 * only.
 */
export const agreementMessages = [
  {
    schema: z.strictObject({ type: z.literal('collect'), ...position }),
    from: 'leader',
    to: 'witness',
    meaning: 'asks for a contribution',
  },
  {
    schema: z.strictObject({ type: z.literal('contribute'), ...position, contribution: bytes, bodies }),
    from: 'witness',
    to: 'leader',
    meaning: 'a signed contribution, with the signed inputs that it names',
  },
  {
    schema: z.strictObject({
      type: z.literal('propose'),
      ...position,
      view,
      entry: bytes,
      bodies,
      changes: z.array(viewChangeSchema).max(WITNESSES_MAX),
    }),
    from: 'leader',
    to: 'witness',
    meaning: 'an entry of q contributions; above view 0 with the q view changes that justify it',
  },
  {
    schema: z.strictObject({ type: z.literal('prepare'), ...position, view, digest, signature }),
    from: 'witness',
    to: 'witness',
    meaning: 'a signed vote for the digest of an entry in one view',
  },
  {
    schema: z.strictObject({ type: z.literal('commit'), ...position, view, digest }),
    from: 'witness',
    to: 'witness',
    meaning: 'q witnesses prepared, and the lock on the entry is durable',
  },
  {
    schema: z.strictObject({ type: z.literal('header'), ...position, headerBytes: bytes, signature }),
    from: 'witness',
    to: 'witness',
    meaning: 'the signed 160-byte header: a share of the certificate',
  },
  {
    schema: z.strictObject({
      type: z.literal('view-change'),
      ...position,
      change: viewChangeSchema,
      contribution: bytes.nullable(),
      bodies,
    }),
    from: 'witness',
    to: 'witness',
    meaning: 'asks for the next leader and tells the lock; with a contribution to that leader, bare to the others',
  },
  {
    schema: z.strictObject({ type: z.literal('decision'), ...position, certificate: bytes, entry: bytes, bodies }),
    from: 'witness',
    to: 'witness',
    meaning: 'how a height ended, for a witness that is one entry behind',
  },
] as const satisfies readonly Message[]

/** Reads any message of agreement; {@link agreementMessages} says which there are. */
export const agreementMessageSchema = schemaOf<(typeof agreementMessages)[number]['schema']>(agreementMessages)

/** A message of agreement as it was read: of the right shape and within its bounds, nothing of it believed. */
export type AgreementMessage = z.infer<typeof agreementMessageSchema>

/** The message of agreement whose type is `T`. */
export type AgreementMessageOf<T extends AgreementMessage['type']> = Extract<AgreementMessage, { type: T }>

/**
 * Proof that q witnesses prepared one digest in one view (PBFT's prepared certificate), with the entry that it is the
 * digest of.
 */
export type Prepared = z.infer<typeof preparedSchema>

/**
 * A witness's signed word that it votes in no view below `view` any more, and the highest preparation that it knows.
 */
export type ViewChange = z.infer<typeof viewChangeSchema>

/** Where a message of agreement belongs. */
export type MessagePosition = Pick<AgreementMessage, 'account' | 'epoch' | 'height'>

/** The frame that carries a message of agreement between two witnesses. */
export const agreementFrames = [
  {
    schema: z.strictObject({ type: z.literal('agreement'), message: agreementMessageSchema }),
    bytesMax: limits.frameBytes,
    from: 'witness',
    to: 'witness',
    meaning: 'one of the messages of agreement, below',
  },
] as const satisfies readonly Message[]
