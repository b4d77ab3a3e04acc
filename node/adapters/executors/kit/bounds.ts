/**
 * Bounds of every engine that runs in children of ours, and that no other part of Weft needs to agree on (property B1).
 */
const MiB = 1_024 * 1_024

export const bounds = {
  /** Warm children of an engine that wait for a run: the next job starts in 0.1 s, not 1 s; each holds 100 MiB. */
  idleChildren: 1,
  /** Runs of an engine at once: far above any peer's slots, far below what a machine can fork. */
  runsAtOnce: 64,
  /** A child is replaced after so many runs, so that no leak in it can grow for ever. */
  runsPerChild: 200,
  /** A child that has not started a run by then is broken. Covers a fork and a compilation on an overloaded machine. */
  startTimeoutMs: 60_000,
  /** Pace at which a run's output is forwarded while it goes on. */
  outputPaceMs: 20,
  /** What a child says on its own stderr, kept to explain its end. */
  diagnosticsLength: 2_000,
  /** All files of one run, its inputs and scratch files included; beyond it the disk is full (ENOSPC). */
  diskBytes: 64 * MiB,
  /** Files and folders of one run. */
  diskEntries: 4_096,
  /** Bytes of one path. */
  pathBytes: 1_024,
  /** Open files of one run. */
  openFiles: 256,
  /** End of stderr that is searched for the reason of a failure. */
  tailBytes: 8_192,
} as const
