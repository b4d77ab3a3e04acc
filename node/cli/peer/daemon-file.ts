/** `daemon.json`: how a client finds the daemon. Written whole, readable by its owner only. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { Shape } from '#protocol/shapes.ts'

const schema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  pid: z.number().int().positive(),
  version: z.string(),
  /** What a client says to be let in; absent where the loopback suffices. */
  token: z.string().optional(),
})
/** Where a daemon answers, and which process it is. */
export type DaemonFile = Shape<typeof schema>

/** The file at `path`; `undefined` if there is none, or it cannot be read. */
export function readDaemonFile(path: string): DaemonFile | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** Writes it beside its place (0600), then moves it there. */
export function writeDaemonFile(path: string, daemon: DaemonFile): void {
  const temporary = `${path}.${process.pid}.new`
  rmSync(temporary, { force: true })
  writeFileSync(temporary, `${JSON.stringify(daemon)}\n`, { mode: 0o600, flag: 'wx' })
  renameSync(temporary, path)
}

/** Removes it if it is still that of the process `pid`. */
export function removeDaemonFile(path: string, pid: number): void {
  if (readDaemonFile(path)?.pid === pid) rmSync(path, { force: true })
}

/** True if a process of that id runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
