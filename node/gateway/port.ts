/** Who listens on a port that we wanted. */
import type { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'
import { healthSchema } from '../api/service.ts'

/** A daemon on a busy machine still answers within it, or it would be taken for another program. */
const PROBE_TIMEOUT_MS = 5_000

/** DAEMON_RUNNING if a Weft daemon answers there, with its pid; else PORT_IN_USE with a port to try. */
export async function explainPortInUse(host: string, port: number, cause: unknown): Promise<WeftError> {
  const health = await probe(host, port)
  if (health === undefined)
    return new WeftError('PORT_IN_USE', `another program listens on ${host}:${port}`, {
      cause,
      data: { port, next: `weft up --port ${port < 65_535 ? port + 1 : 0}` },
    })
  const pid = health.pid === undefined ? '' : `, pid ${health.pid}`
  return new WeftError('DAEMON_RUNNING', `a Weft daemon is already running on ${host}:${port}${pid}`, {
    cause,
    data: { port, next: `weft status, or weft up --home <other folder> --port ${port + 1}` },
  })
}

async function probe(host: string, port: number): Promise<z.infer<typeof healthSchema> | undefined> {
  try {
    const name = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host
    const response = await fetch(`http://${name}:${port}/healthz`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      redirect: 'error',
    })
    return healthSchema.parse(await response.json())
  } catch {
    return undefined
  }
}
