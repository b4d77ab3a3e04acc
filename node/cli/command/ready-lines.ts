/** What `--ready-json` prints once a process serves: one JSON line that scripts wait for. */
import { z } from 'zod'
import type { Shape } from '#protocol/shapes.ts'

const text = z.string()

/** The line of `weft up`. */
export const readyLineSchema = z.object({
  schemaVersion: z.literal(1),
  ready: z.literal(true),
  version: text,
  /** Key of the peer. */
  peer: text,
  /** Key of the wallet that it earns for. */
  wallet: text,
  network: text,
  /** Multiaddrs that it listens on. */
  addresses: z.array(text),
  /** Of its API. */
  url: text,
  pid: z.number().int(),
  home: text,
})
/** {@link readyLineSchema}. */
export type ReadyLine = Shape<typeof readyLineSchema>

/** The line of `weft chain`. */
export const chainReadyLineSchema = z.object({
  schemaVersion: z.literal(1),
  ready: z.literal(true),
  rpcUrl: text,
  wsUrl: text,
  pid: z.number().int(),
  /** The folder of its log and snapshots. */
  state: text,
})
/** {@link chainReadyLineSchema}. */
export type ChainReadyLine = Shape<typeof chainReadyLineSchema>
