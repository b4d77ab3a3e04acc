/** A chain of a test's own: a fresh folder, free ports, and an end that cleans up. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Commitment, Connection, Keypair } from '@solana/web3.js'
import {
  type LocalChainOptions,
  type LocalChainServer,
  startLocalChain,
} from '#node/adapters/ledgers/local-chain/server.ts'
import type { Log } from '#node/ports/log.ts'

/** One SOL in lamports. */
export const SOL = 1_000_000_000

/** Logs into memory: tests read what was said. */
export function memoryLog(): Log & {
  readonly lines: { level: string; message: string; fields: Record<string, unknown> }[]
} {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const at = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void lines.push({ level, message, fields })
  const log = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}

/** Folders and chains of one test. */
export class World {
  readonly log = memoryLog()
  readonly #ends: (() => Promise<void>)[] = []

  /** A new folder. */
  async folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'weft-chain-'))
    this.#ends.push(() => rm(path, { recursive: true, force: true }))
    return path
  }

  /** Runs `end` when the test is over, in reverse order. */
  atEnd(end: () => Promise<void>): void {
    this.#ends.push(end)
  }

  /** A running chain with short slots. */
  async chain(options: Partial<LocalChainOptions> = {}): Promise<LocalChainServer> {
    const chain = await startLocalChain({
      ...{ port: 0, slotMs: 20, log: this.log, nowMs: Date.now, random: () => 0.5 },
      ...options,
      stateDir: options.stateDir ?? (await this.folder()),
    })
    this.atEnd(() => chain.stop())
    return chain
  }

  /**
   * An unmodified client; it finds the WebSocket by the port rule. Closed at the end, or it would try to reconnect for
   * ever.
   */
  connect(chain: { readonly rpcUrl: string }, commitment: Commitment = 'confirmed'): Connection {
    const connection = new Connection(chain.rpcUrl, commitment)
    this.atEnd(async () => {
      const socket: unknown = Reflect.get(connection, '_rpcWebSocket')
      if (typeof socket !== 'object' || socket === null) return
      Reflect.set(socket, 'reconnect', false)
      const timer: unknown = Reflect.get(socket, 'reconnect_timer_id')
      if (timer instanceof Object) clearTimeout(Number(timer))
      const close: unknown = Reflect.get(socket, 'close')
      if (typeof close === 'function') Reflect.apply(close, socket, [])
    })
    return connection
  }

  /** Ends everything. */
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
  }
}

/** A wallet with money. */
export async function fundedWallet(connection: Connection, lamports = 10 * SOL): Promise<Keypair> {
  const wallet = Keypair.generate()
  const signature = await connection.requestAirdrop(wallet.publicKey, lamports)
  const latest = await connection.getLatestBlockhash()
  await connection.confirmTransaction({ signature, ...latest })
  return wallet
}

/** The newest slot that nothing enters any more: a roll back to it undoes whatever comes from now on. */
export async function closedSlot(chain: { readonly rpcUrl: string }): Promise<number> {
  const { result } = await rpc(chain, 'weft_warp', [{ slots: 1 }])
  return Number(Object(result).slot) - 1
}

/** Calls a method as it is, without a client in between. */
export async function rpc(
  chain: { readonly rpcUrl: string },
  method: string,
  params: unknown = [],
): Promise<Record<string, unknown>> {
  const response = await fetch(chain.rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return Object(await response.json())
}
