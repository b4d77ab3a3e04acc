/** What daemons hold against each other and against the honest poster: nothing, or the door is too narrow. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Arena } from './arena.ts'

const lineSchema = z.object({ peer: z.string(), offence: z.string() })

/** Offences of honest peers in the logs of all daemons, since they were started. */
export function honestOffences({ daemons, posterKey }: Arena): number {
  const honest = new Set([posterKey, ...daemons.map(({ daemon }) => daemon.ready.peer)])
  let count = 0
  for (const { paths } of daemons) {
    for (const line of readFileSync(paths.log, 'utf8').split('\n')) {
      if (!line.includes('"offence"')) continue
      const parsed = lineSchema.safeParse(parseJson(line))
      if (parsed.success && honest.has(parsed.data.peer)) count++
    }
  }
  return count
}

/** A daemon may be in the middle of its last line. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
