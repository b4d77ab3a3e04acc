/** One process per state folder. A lock that a killed process left behind is taken over. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'

const lockSchema = z.object({ pid: z.number().int(), startedAt: z.string() })

/** Locks `folder`, making it if needed; returns the release. Throws STORE_LOCKED, naming the process that holds it. */
export function lockState(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'lock')
  const own = join(folder, `lock.${process.pid}`)
  writeFileSync(own, JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) }), { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (tryLink(own, path)) return () => rmSync(path, { force: true })
      const holder = readHolder(path)
      if (holder !== undefined && isAlive(holder)) {
        throw new WeftError(
          'STORE_LOCKED',
          `${folder} is in use by process ${holder.pid}: stop it, or choose another --state`,
          {
            data: { pid: holder.pid },
          },
        )
      }
      rmSync(path, { force: true })
    }
    throw new WeftError('STORE_LOCKED', `${folder} is being opened by another process`)
  } finally {
    rmSync(own, { force: true })
  }
}

function tryLink(own: string, path: string): boolean {
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function readHolder(path: string): z.infer<typeof lockSchema> | undefined {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined // gone by now, or torn by a power failure: nobody holds it
  }
}

function isAlive(holder: z.infer<typeof lockSchema>): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return startOf(holder.pid) === holder.startedAt
}

/** Tells a process from a later one with the same number, where the system says (Linux); elsewhere a constant. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
