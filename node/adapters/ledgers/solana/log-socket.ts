/**
 * Says when a program of the network was called, over the cluster's WebSocket. Our own, because web3.js spins for ever
 * if a subscription is given up while its socket is closed. It tells nothing but that something happened: what it was
 * is read over HTTP.
 */
import type { PublicKey } from '@solana/web3.js'
import WebSocket from 'ws'

/** Pauses before dialling again: doubled each time, up to the second. */
const REDIAL_MS = 500
const REDIAL_MAX_MS = 30_000
/** A socket that does not answer a ping by the next one is dead. */
const PING_MS = 15_000
/** Notifications are logs of one transaction; anything longer is no chain's. */
const MESSAGE_BYTES_MAX = 1_024 * 1_024

/** The WebSocket of an RPC address, where Solana's clients look for it: one port above, if the address has one. */
export function socketUrlOf(rpcUrl: string): string {
  const url = new URL(rpcUrl)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  if (url.port !== '') url.port = String(Number(url.port) + 1)
  return url.href
}

/**
 * Calls `onCall` after each call of one of `programs`, and whenever the socket was opened again; dials until `signal`
 * aborts. Never throws.
 */
export function listenForCalls(
  rpcUrl: string,
  programs: readonly PublicKey[],
  { signal, onCall }: { signal: AbortSignal; onCall: () => void },
): void {
  let pauseMs = REDIAL_MS
  let end = (): void => undefined
  signal.addEventListener('abort', () => end(), { once: true })
  const dial = (): void => {
    if (signal.aborted) return
    const socket = new WebSocket(socketUrlOf(rpcUrl), { maxPayload: MESSAGE_BYTES_MAX, handshakeTimeout: PING_MS })
    end = () => socket.terminate()
    let alive = true
    const pings = setInterval(() => {
      if (!alive) return socket.terminate()
      alive = false
      if (socket.readyState === WebSocket.OPEN) socket.ping()
    }, PING_MS)
    socket.on('pong', () => {
      alive = true
    })
    socket.on('open', () => {
      for (const [id, program] of programs.entries()) {
        const params = [{ mentions: [program.toBase58()] }, { commitment: 'confirmed' }]
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'logsSubscribe', params }))
      }
      onCall()
    })
    socket.on('message', (data) => {
      alive = true
      pauseMs = REDIAL_MS
      if (String(data).includes('logsNotification')) onCall()
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      clearInterval(pings)
      if (signal.aborted) return
      const again = setTimeout(dial, pauseMs)
      end = () => clearTimeout(again)
      pauseMs = Math.min(2 * pauseMs, REDIAL_MAX_MS)
    })
  }
  dial()
}
