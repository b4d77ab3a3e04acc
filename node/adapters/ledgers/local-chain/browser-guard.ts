/** Keeps other web sites off a server on loopback: their pages could reach it through the visitor's browser. */
import type { IncomingMessage } from 'node:http'

/**
 * Whether a request names this machine as its host (no DNS rebinding) and comes from no page, or from a page of this
 * machine.
 */
export function isWelcome(request: IncomingMessage): boolean {
  const { host, origin } = request.headers
  return isLoopbackUrl(`http://${host ?? ''}`) && (origin === undefined || isLoopbackUrl(origin))
}

function isLoopbackUrl(url: string): boolean {
  try {
    const { hostname } = new URL(url)
    return (
      hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]' || hostname.endsWith('.localhost')
    )
  } catch {
    return false
  }
}
