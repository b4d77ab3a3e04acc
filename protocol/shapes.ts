/**
 * The small shapes that messages, inputs and stored states are made of, each in one place: what a number, an amount, a
 * key or the name of a blob may be when it comes from outside.
 */
import { z } from 'zod'
import { isCid } from './wire/canonical.ts'
import { isKey } from './wire/keys.ts'

/** An integer from 0 to 2^53 − 1: a count, a size in bytes, a time in milliseconds, a height. */
export const nat = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)

/**
 * Micro-credits, 0 or more, as a bigint. Canonical bytes hold one as an integer, which decodes to a number below 2^53.
 */
export const amount = z.union([nat, z.bigint().nonnegative()]).transform(BigInt)

/** The public key of a peer, a wallet or an account: the canonical base58 of 32 bytes. */
export const key = z.string().refine(isKey, { message: 'a base58 key of 32 bytes' })

/** The name of a blob, an input or a job: a CIDv1 over SHA-256 in canonical base32 (see `isCid`). */
export const cid = z.string().refine(isCid)

/** A SHA-256 digest in lower-case hexadecimal, 64 characters. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

/** Bytes of any length: whoever uses it bounds them, or the message around them does. */
export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)

/** The values that pass a schema, as everything in Weft reads them: nobody changes what came from outside. */
export type Shape<S extends z.ZodType> = Frozen<z.infer<S>>

/** `T`, read only to its leaves. */
export type Frozen<T> = T extends Uint8Array
  ? Uint8Array
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T
