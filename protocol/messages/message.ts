/** What the table says of one message. A family of messages is a list of these in a file of its own. */
import { z } from 'zod'

/**
 * Who speaks and who listens. `author`: whoever signed an input (a poster, a replica). `witness`: of the account that
 * the message is about. `leader`: the witness that leads the present view. `peer`: any peer.
 */
export type Party = 'author' | 'replica' | 'witness' | 'leader' | 'peer'

/** A list of ids, leases or a certificate, and little more. */
export const SMALL_FRAME_BYTES = 65_536

/** One kind of message: its schema decides what is read, all else is for people. */
export interface Message {
  /** An object with a literal `type`, the message's name, and nothing that the schema does not list. */
  readonly schema: z.ZodObject<{ readonly type: z.ZodLiteral<string> }>
  readonly from: Party
  readonly to: Party
  /** Longest frame of this type, bytes: a larger one is refused unread. Left out: {@link SMALL_FRAME_BYTES}. */
  readonly bytesMax?: number
  /** For the README: one line without a vertical bar. */
  readonly meaning: string
}

/** Reads any of `messages`, told apart by their `type`. Throws where two have the same one. */
export function schemaOf<S extends Message['schema']>([first, ...rest]: readonly [
  { readonly schema: S },
  ...{ readonly schema: S }[],
]): z.ZodDiscriminatedUnion<[S, ...S[]], 'type'> {
  return z.discriminatedUnion('type', [first.schema, ...rest.map(({ schema }) => schema)])
}
