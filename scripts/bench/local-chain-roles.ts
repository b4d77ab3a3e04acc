/** What the processes of the local chain's benchmark do: one serves, the others send and wait, as their users would. */
import { createPrivateKey, sign } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { Connection, Keypair, SystemProgram, Transaction } from '@solana/web3.js'
import WebSocket from 'ws'

/** `web3`: an unmodified web3.js client. `bare`: the least that a client must do, with the same questions answered. */
export const clientKinds = ['web3', 'bare'] as const
export type ClientKind = (typeof clientKinds)[number]

/** Transactions that a client sends before the clock runs: compilers and caches are warm afterwards. */
const WARM_UP = 60
/** Transactions that a client waits for at a time. */
const PARALLEL = 4

/** Serves a chain on `stateDir` until SIGTERM; prints its URL. */
export async function serve(stateDir: string): Promise<void> {
  const { startLocalChain } = await import('#node/adapters/ledgers/local-chain/server.ts')
  const ignore = () => {}
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log }
  const chain = await startLocalChain({ stateDir, port: 0, log, nowMs: Date.now, random: Math.random })
  process.once('SIGTERM', () => void chain.stop().then(() => process.exit(0)))
  process.stdout.write(`${chain.rpcUrl}\n`)
}

/**
 * Warms up, prints `ready`, waits for a line, sends and confirms `count` transactions that are already signed, prints
 * `done`.
 */
export async function client(url: string, kind: ClientKind, count: number): Promise<void> {
  const connection = new Connection(url, 'confirmed')
  const wallet = await funded(connection)
  const latest = await connection.getLatestBlockhash('processed')
  const payments = transfers(wallet, latest.blockhash, WARM_UP + count)
  const confirm = kind === 'web3' ? throughWeb3(connection, latest) : await throughSockets(url)
  await inParallel(payments.splice(0, WARM_UP), PARALLEL, confirm)
  process.stdout.write('ready\n')
  await once(createInterface({ input: process.stdin }), 'line')
  await inParallel(payments, PARALLEL, confirm)
  process.stdout.write('done\n')
}

/** Runs `work` for each of `items`, so many at a time. */
export async function inParallel<T>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: parallel }, worker))
}

/** A wallet with money from the faucet. */
export async function funded(connection: Connection): Promise<Keypair> {
  const wallet = Keypair.generate()
  const signature = await connection.requestAirdrop(wallet.publicKey, 100_000_000_000)
  const latest = await connection.getLatestBlockhash('processed')
  await connection.confirmTransaction({ signature, ...latest })
  return wallet
}

/**
 * Signed payments that differ in their amounts. Signed by the system's library: the clock must not wait for the load to
 * be made.
 */
export function transfers(wallet: Keypair, blockhash: string, count: number): Uint8Array[] {
  const to = Keypair.generate().publicKey
  const key = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8, wallet.secretKey.subarray(0, 32)]),
    ...{ format: 'der', type: 'pkcs8' },
  })
  return Array.from({ length: count }, (_, index) => {
    const pay = new Transaction({ feePayer: wallet.publicKey, blockhash, lastValidBlockHeight: 0 })
    pay.add(SystemProgram.transfer({ fromPubkey: wallet.publicKey, toPubkey: to, lamports: 1_000_000 + index }))
    pay.addSignature(wallet.publicKey, sign(null, pay.serializeMessage(), key))
    return pay.serialize({ verifySignatures: false })
  })
}

/** What comes before the 32 bytes of an Ed25519 seed in PKCS #8. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Calls a method over connections that stay open; resolves to its result. */
export function caller(url: string, connections: number): (method: string, params: unknown) => Promise<unknown> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return (method, params) =>
    new Promise((resolve, reject) => {
      const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
      const headers = { 'content-type': 'application/json', 'content-length': body.length }
      const sent = request(url, { method: 'POST', agent, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const answer: unknown = JSON.parse(Buffer.concat(chunks).toString())
          const result: unknown = Object(answer).result
          if (result === undefined) reject(new Error(JSON.stringify(answer)))
          else resolve(result)
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
}

function throughWeb3(
  connection: Connection,
  latest: { readonly blockhash: string; readonly lastValidBlockHeight: number },
): (raw: Uint8Array) => Promise<unknown> {
  return async (raw) => {
    const signature = await connection.sendRawTransaction(raw)
    const { value } = await connection.confirmTransaction({ signature, ...latest })
    if (value.err !== null) throw new Error(JSON.stringify(value.err))
  }
}

/** Sends over HTTP with preflight, subscribes to the signature over the WebSocket, waits for the notification. */
async function throughSockets(url: string): Promise<(raw: Uint8Array) => Promise<unknown>> {
  const call = caller(url, PARALLEL)
  const { port, hostname } = new URL(url)
  const socket = new WebSocket(`ws://${hostname}:${Number(port) + 1}`)
  await once(socket, 'open')
  const confirmed = new Map<number, () => void>()
  const subscribed = new Map<number, number>()
  let asked = 0
  socket.on('message', (data) => {
    const { id, result, params } = Object(JSON.parse(String(data)))
    if (params === undefined) subscribed.set(Number(result), Number(id))
    else confirmed.get(subscribed.get(Number(Object(params).subscription)) ?? -1)?.()
  })
  return async (raw) => {
    const signature = await call('sendTransaction', [Buffer.from(raw).toString('base64'), { encoding: 'base64' }])
    const id = asked++
    const told = new Promise<void>((resolve) => confirmed.set(id, resolve))
    const params = [signature, { commitment: 'confirmed' }]
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'signatureSubscribe', params }))
    await told
    confirmed.delete(id)
  }
}
