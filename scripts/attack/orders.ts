/** What the process that measures and the hostile process say to each other: JSON over the child's own channel. */
import { z } from 'zod'
import { attacks } from './catalogue.ts'

const key = z.string()
const target = z.object({ peer: key, addresses: z.array(z.string()) })
const names = attacks.map(({ name }) => name)

/** All that the hostile peer is told. Keys of the hostile members among it: the network lives for this run only. */
export const briefingSchema = z.object({
  attack: z.enum(names),
  role: z.enum(['stranger', 'member', 'witness']),
  networkId: z.string(),
  /** 32-byte seeds in base64: the peer itself, then others that it speaks for. */
  seeds: z.array(z.string()).min(1),
  /** A folder with the first key and the roster: for an attack by a peer that takes part. */
  home: z.string(),
  daemons: z.array(target),
  /** Follows honest jobs. */
  poster: target,
  /** Accounts with funds that honest jobs are posted to. */
  victims: z.array(key),
  /** Accounts without funds, witnessed by the first hostile member. */
  unfunded: z.array(key),
  /** A blob of 4 MiB, and a daemon that has it; empty if nobody has one. */
  blob: z.object({ cid: z.string(), at: z.string() }),
  /** Of all phases with the attack together: what is prepared suffices for it. */
  seconds: z.number(),
})
/** {@link briefingSchema}. */
export type Briefing = z.infer<typeof briefingSchema>

/** `attack` and `rest` begin and end the flood; `end` asks for what came of it, and ends the process. */
export const orderSchema = z.discriminatedUnion('order', [
  z.object({ order: z.literal('brief'), briefing: briefingSchema }),
  z.object({ order: z.literal('attack') }),
  z.object({ order: z.literal('rest') }),
  z.object({ order: z.literal('job'), job: z.string() }),
  z.object({ order: z.literal('end') }),
])
/** {@link orderSchema}. */
export type Order = z.infer<typeof orderSchema>

/** Something that must not happen more often than `allowed`. */
export const harmSchema = z.object({ what: z.string(), count: z.number(), allowed: z.number() })
/** {@link harmSchema}. */
export type Harm = z.infer<typeof harmSchema>

/** What the hostile peer says when it has prepared, and each time it is told to rest or to end. */
export const reportSchema = z.object({
  report: z.enum(['ready', 'resting', 'ended']),
  /** Frames or records that left, and how many the own queue refused. */
  sent: z.number(),
  sentBytes: z.number(),
  dropped: z.number(),
  /** What came back; -1 where it cannot be counted. */
  backBytes: z.number(),
  /** Daemons that hold no connection with it. */
  barredBy: z.number(),
  harms: z.array(harmSchema),
})
/** {@link reportSchema}. */
export type Report = z.infer<typeof reportSchema>
