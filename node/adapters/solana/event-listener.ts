/** Keeps an index up to date: the WebSocket says when something happened, and it is looked anyway every few seconds. */
import type { Log } from '#node/ports.ts'
import { JOB_RECEIPT_ID, NODE_REGISTRY_ID, PAYMENT_SPLITTER_ID } from '#programs/client/programs.ts'
import type { ChainNetwork } from './cluster.ts'
import type { EventIndex, Synced } from './event-index.ts'

/** A WebSocket may be dead without saying so. */
const POLL_MS = 2_000
/** Logs of one slot arrive together. */
const GATHER_MS = 50

/** Reads until `signal` aborts; `onSynced` gets what each reading changed, if anything. Goes on when the chain is away. Never rejects. */
export async function followEvents(
  chain: ChainNetwork,
  index: EventIndex,
  { signal, log, onSynced }: { signal: AbortSignal; log: Log; onSynced: (synced: Synced) => void },
): Promise<void> {
  let wake = (): void => undefined
  const { connection } = chain
  const programs = [NODE_REGISTRY_ID, JOB_RECEIPT_ID, PAYMENT_SPLITTER_ID]
  const subscriptions = programs.map((program) => connection.onLogs(program, () => wake(), 'confirmed'))
  let away = false
  while (!signal.aborted) {
    const next = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS)
      const now = (delayMs: number): void => {
        clearTimeout(timer)
        setTimeout(resolve, delayMs)
      }
      wake = () => now(GATHER_MS)
      signal.addEventListener('abort', () => now(0), { once: true })
    })
    try {
      const synced = await index.sync()
      away = false
      if (synced.added.length > 0 || synced.undone.length > 0) onSynced(synced)
    } catch (error) {
      if (!away) log.warn({ error }, 'the chain does not answer; events are read when it is back')
      away = true
    }
    await next
  }
  await Promise.allSettled(subscriptions.map((id) => connection.removeOnLogsListener(id)))
  closeSocket(connection)
}

/** web3.js goes on dialling a WebSocket that is gone, and has no method to stop it. */
function closeSocket(connection: object): void {
  const socket: unknown = Reflect.get(connection, '_rpcWebSocket')
  if (typeof socket !== 'object' || socket === null) return
  Reflect.set(socket, 'reconnect', false)
  const timer: unknown = Reflect.get(socket, 'reconnect_timer_id')
  if (timer instanceof Object) clearTimeout(Number(timer))
  const close: unknown = Reflect.get(socket, 'close')
  if (typeof close === 'function') Reflect.apply(close, socket, [])
}
