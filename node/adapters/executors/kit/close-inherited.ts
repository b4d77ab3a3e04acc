/**
 * Files that this process got from the one that started it: native code opens some without asking that they be closed
 * then (LevelDB's log and lock).
 */
import { closeSync, fstatSync, readdirSync } from 'node:fs'

/** Where a system lists what a process has open. */
const LISTS = ['/proc/self/fd', '/dev/fd']

/** Closes every regular file beyond the standard streams. To be called before anything here opens one. */
export function closeInheritedFiles(): void {
  for (const name of openNumbers()) {
    const fd = Number(name)
    if (!Number.isSafeInteger(fd) || fd <= 2) continue
    try {
      if (fstatSync(fd).isFile()) closeSync(fd)
    } catch {
      // It was the list's own, and is closed already.
    }
  }
}

/** What is open; nothing where the system has no list of it. */
function openNumbers(): readonly string[] {
  for (const list of LISTS) {
    try {
      return readdirSync(list)
    } catch {
      // The next one.
    }
  }
  return []
}
