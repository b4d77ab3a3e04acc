/** What a request may ask for at most (property B1). The server's own bounds are `node/gateway/bounds.ts`. */
import { limits } from '#protocol/limits.ts'

const KiB = 1_024
const day = 86_400_000

/** Bounds that clients should know. Beyond them a request is refused with USAGE, a body with JOB_TOO_LARGE. */
export const apiBounds = {
  /** A job and its inputs as base64 in JSON, the larger of the two forms of a body. */
  jobBodyBytes: Math.ceil(((limits.jobInputBytes + limits.jobBytes) * 4) / 3) + 64 * KiB,
  /** Any other body. */
  bodyBytes: 64 * KiB,
  /** How long other peers may be asked for a job: less than the 30 s that an answer may take. */
  waitSeconds: 25,
  /** Jobs in one list: each shows its certificate, checked anew. */
  jobsListed: 256,
  /** Jobs in a list that does not say. */
  jobsListedDefault: 50,
  /** Letters of an engine's name, and of a version. */
  engineLetters: 64,
  /** How long an invitation can be used: a token that is lost should not open a network for ever. */
  inviteMs: { min: 1_000, max: 30 * day, default: day },
  /** Peers that one invitation lets in. */
  inviteUses: 1_024,
} as const
