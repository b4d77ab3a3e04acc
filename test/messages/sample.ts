/** A value that a schema of messages reads, made from the schema itself: a message that is new has its tests at once. */
import type { z } from 'zod'
import { blobCid } from '#protocol/wire/canonical.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { signerFromSeed } from '#protocol/wire/keys.ts'

/** What the leaves of messages look like. The first that a leaf's schema accepts is its sample. */
const leaves: readonly unknown[] = [
  7,
  utf8('bytes'),
  new Uint8Array(64),
  blobCid(utf8('blob')),
  signerFromSeed(sha256(utf8('key'))).key,
  toHex(sha256(utf8('digest'))),
  'text',
]

/** Throws for a kind of schema that no message has had until now: teach it here. */
export function sampleOf(schema: z.core.$ZodType): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'object':
      return Object.fromEntries(Object.entries(def.shape).map(([name, member]) => [name, sampleOf(member)]))
    case 'array':
      return [sampleOf(def.element)]
    case 'tuple':
      return def.items.map(sampleOf)
    case 'union':
      return sampleOf(first(def.options))
    case 'nullable':
      return sampleOf(def.innerType)
    case 'enum':
      return first(Object.values(def.entries))
    case 'literal':
      return first(def.values)
    default:
      return first(leaves.filter((leaf) => (schema as z.ZodType).safeParse(leaf).success))
  }
}

function first<T>([one]: readonly T[]): T {
  if (one === undefined) throw new Error('test/messages/sample.ts knows no value of a schema')
  return one
}
