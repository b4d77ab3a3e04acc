/** Bounds of the server (property B1). What a request may ask for is bounded in `node/api/bounds.ts`. */

const KiB = 1_024

/** Each is enforced; what breaks without it stands beside it. */
export const bounds = {
  /** Request line and headers together: a token, an id and what browsers add. */
  headerBytes: 16 * KiB,
  /** Open connections; event streams hold one each. */
  connections: 256,
  /** A request whose headers are not there by then is dropped (slow clients). */
  headersTimeoutMs: 10_000,
  /** The same for the whole request: 6 MiB over a slow uplink. */
  requestTimeoutMs: 120_000,
  /** Answers that need other peers. */
  answerTimeoutMs: 30_000,
  /** How long `stop` waits for answers under way. */
  stopGraceMs: 500,
  /** Remembered Idempotency-Keys, and for how long. */
  idempotencyKeys: 512,
  idempotencyTtlMs: 600_000,
  /** Letters of an Idempotency-Key. */
  idempotencyKeyLength: 200,
  /** Jobs that are followed at the same time. */
  feeds: 128,
  /** Events per followed job that a client can resume from, and their text in all. */
  feedEvents: 512,
  feedBytes: 1_024 * KiB,
  /** A followed job without a listener is kept so long, so that a client can resume. */
  feedLingerMs: 15_000,
  /** Sign of life on a silent event stream: below the idle timeout of common proxies. */
  heartbeatMs: 15_000,
} as const
