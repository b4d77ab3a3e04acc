/**
 * Frames: what two authenticated peers say to each other on their control and bulk streams. Canonical CBOR of one object with a `type`.
 * Nothing in a frame is believed because of who sent it, except what concerns only the sender itself.
 */
import { z } from 'zod'
import { agreementMessageSchema } from '../agreement/messages.ts'
import { limits } from '../limits.ts'
import { decode, encode, isCid, type Plain } from '../wire/canonical.ts'
import { isKey } from '../wire/keys.ts'

const nat = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
const key = z.string().refine(isKey)
const cid = z.string().refine(isCid)

/** Job and fence. */
const leases = z.array(z.tuple([cid, nat])).max(limits.openJobsPerAccount)

export const frameSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('agreement'), message: agreementMessageSchema }),
  /** Signed inputs for a log: jobs from a poster, statements from a replica. */
  z.strictObject({ type: z.literal('inputs'), inputs: z.array(bytes).max(limits.inputsPerEntry) }),
  /** To the author of an input: the log refused it for good. */
  z.strictObject({ type: z.literal('rejected'), id: cid, code: z.string().max(64) }),
  /** Signed offers: on connecting, and as gossip. */
  z.strictObject({ type: z.literal('offers'), offers: z.array(bytes).max(256) }),
  /** A replica keeps its leases of one account; those that are alive come back, with `token` comes back, so that it knows which renewal was heard. */
  z.strictObject({ type: z.literal('renew'), account: key, leases, token: nat }),
  z.strictObject({ type: z.literal('renewed'), leases, token: nat }),
  /** Blobs by content id; the answer comes on the bulk stream. */
  z.strictObject({ type: z.literal('want'), cids: z.array(cid).max(limits.jobInputFiles) }),
  z.strictObject({ type: z.literal('blob'), bytes }),
  /** What does the log say about this job? Answered by `receipt` or `unknown`. */
  z.strictObject({ type: z.literal('query'), job: cid }),
  z.strictObject({ type: z.literal('receipt'), receipt: bytes }),
  z.strictObject({ type: z.literal('unknown'), job: cid }),
  /** Where does this account stand? Answered by `head`. */
  z.strictObject({ type: z.literal('account'), account: key }),
  /** `certificate` is empty if the account has no log yet. */
  z.strictObject({
    type: z.literal('head'),
    account: key,
    certificate: bytes,
    nextSeq: nat,
    funds: z.union([nat, z.bigint()]).nullable(),
  }),
  /** Totals of a certified state, so that earnings can be counted elsewhere. */
  z.strictObject({
    type: z.literal('totals'),
    certificate: bytes,
    totals: z.array(z.tuple([key, z.union([nat, z.bigint()])])).max(1_024),
    jobsAndMeta: bytes,
  }),
  /** A witness is behind, or a new committee takes over: the newest certified state of the account. */
  z.strictObject({ type: z.literal('fetch-state'), account: key, epoch: nat }),
  z.strictObject({ type: z.literal('state'), account: key, certificate: bytes, state: bytes }),
  z.strictObject({ type: z.literal('no-state'), account: key, epoch: nat }),
  /** What an entry was made of, for whoever wants to recompute it: the state before (a snapshot record) and the entry (an entry record). */
  z.strictObject({ type: z.literal('fetch-entry'), account: key, height: nat }),
  z.strictObject({ type: z.literal('entry'), account: key, height: nat, before: bytes, entry: bytes }),
  /** A replica's output as it appears, to those who follow the job. */
  z.strictObject({ type: z.literal('output'), job: cid, stream: z.enum(['stdout', 'stderr']), at: nat, chunk: bytes }),
  /** A ledger's own message (a newer roster, a join request). */
  z.strictObject({ type: z.literal('ledger'), message: bytes }),
])

export type Frame = z.infer<typeof frameSchema>

export function encodeFrame(frame: Frame): Uint8Array {
  return encode(frame as unknown as Plain)
}

/** The frame in `frameBytes`, or `undefined` if they are none. Bytes never change, so one array that many peers of a process get is decoded once. */
export function decodeFrame(frameBytes: Uint8Array): Frame | undefined {
  if (frameBytes.length > limits.frameBytes) return undefined
  const known = decoded.get(frameBytes)
  if (known !== undefined) return known
  const parsed = frameSchema.safeParse(decode(frameBytes))
  if (!parsed.success) return undefined
  decoded.set(frameBytes, parsed.data)
  return parsed.data
}

const decoded = new WeakMap<Uint8Array, Frame>()
