/** Ends a process and everything below it. */
import type { ChildProcess, SpawnOptions } from 'node:child_process'

/**
 * Options with which a process must be started for {@link killTree} to reach what it starts itself: a process group of
 * its own. Windows has none, and would open a console window for it.
 */
export const OWN_GROUP = { detached: process.platform !== 'win32' } satisfies SpawnOptions

/**
 * Kills `child` and the processes of its group at once, whatever they do. Idempotent. What left the group on purpose
 * (`setsid`) is not reached: an engine whose programs can do so needs a stronger border, such as a container's.
 */
export function killTree(child: ChildProcess): void {
  killGroup(child)
  child.kill('SIGKILL')
}

/** Kills what `child` left behind, to be called when it ended: its group lives as long as one of its processes does. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || !OWN_GROUP.detached) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // No such group: nothing is left of it.
  }
}
