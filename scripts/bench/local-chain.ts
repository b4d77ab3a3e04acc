/**
 * Speed of the local chain: raw transactions from one process, and sent-and-confirmed ones from six. The baseline is litesvm
 * called directly, in this process and this run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Connection, Keypair, SystemProgram, Transaction } from '@solana/web3.js'
import { toBase58 } from '#node/adapters/local-chain/base58.ts'
import { SYSTEM_PROGRAM, Vm } from '#node/adapters/local-chain/vm.ts'
import type { Row } from './row.ts'

const ROUNDS = 3
const RAW_TRANSACTIONS = 1_000
const RAW_PARALLEL = 32
const CLIENTS = 6
const CONFIRMED_PER_CLIENT = 40
const CONFIRMED_PARALLEL = 4
const ROLE = 'WEFT_BENCH_CHAIN_ROLE'
const ARGUMENT = 'WEFT_BENCH_CHAIN_ARGUMENT'
const GOAL_RAW = 500
const GOAL_CONFIRMED = 150

/** Raw and confirmed transactions per second; about a minute on two cores. */
export async function rows(): Promise<Row[]> {
  const direct = repeat(() => directRate())
  const stateDir = await mkdtemp(join(tmpdir(), 'weft-bench-chain-'))
  const server = child({ role: 'serve', argument: stateDir })
  try {
    const url = await firstLine(server)
    const raw = await repeatAsync(() => rawRate(url))
    const confirmed = await repeatAsync(() => confirmedRate(url))
    const baseline = median(direct)
    return [
      row('raw transactions sent to the local chain', raw, GOAL_RAW, baseline),
      row(`transactions sent and confirmed from ${CLIENTS} processes`, confirmed, GOAL_CONFIRMED, baseline),
    ]
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
    await rm(stateDir, { recursive: true, force: true })
  }
}

function row(what: string, rates: readonly number[], goal: number, baseline: number): Row {
  const value = median(rates)
  return {
    ...{ what, value: Math.round(value), unit: 'transactions/s', goal },
    spread: `${Math.round(Math.min(...rates))} to ${Math.round(Math.max(...rates))}`,
    met: value >= goal,
    baseline: Math.round(baseline),
    ratio: Math.round((value / baseline) * 1_000) / 1_000,
  }
}

function directRate(): number {
  const vm = new Vm()
  const wallet = Keypair.generate()
  vm.setAccount(wallet.publicKey.toBase58(), {
    lamports: 10n ** 15n,
    owner: SYSTEM_PROGRAM,
    executable: false,
    data: Buffer.alloc(0),
  })
  const payments = transfers(wallet, toBase58(new Uint8Array(32).fill(7)), RAW_TRANSACTIONS)
  return rate(RAW_TRANSACTIONS, () => {
    for (const raw of payments) if (vm.execute(raw).err !== null) throw new Error('the baseline transaction failed')
  })
}

async function rawRate(url: string): Promise<number> {
  const connection = new Connection(url, 'confirmed')
  const wallet = await funded(connection)
  const { blockhash } = await connection.getLatestBlockhash('processed')
  const payments = transfers(wallet, blockhash, RAW_TRANSACTIONS)
  const started = performance.now()
  const send = async () => {
    for (let raw = payments.pop(); raw !== undefined; raw = payments.pop()) await post(url, raw)
  }
  await Promise.all(Array.from({ length: RAW_PARALLEL }, send))
  return (RAW_TRANSACTIONS * 1_000) / (performance.now() - started)
}

/** Each process says it is ready, waits for a line and reports when it is through. */
async function confirmedRate(url: string): Promise<number> {
  const clients = Array.from({ length: CLIENTS }, () => child({ role: 'client', argument: url }))
  await Promise.all(clients.map(firstLine))
  const started = performance.now()
  const ends = clients.map(firstLine)
  for (const client of clients) client.stdin.write('go\n')
  await Promise.all(ends)
  const perSecond = (CLIENTS * CONFIRMED_PER_CLIENT * 1_000) / (performance.now() - started)
  for (const client of clients) client.kill('SIGKILL')
  return perSecond
}

async function client(url: string): Promise<void> {
  const connection = new Connection(url, 'confirmed')
  const wallet = await funded(connection)
  const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash('processed')
  const payments = transfers(wallet, blockhash, CONFIRMED_PER_CLIENT)
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  const send = async () => {
    for (let raw = payments.pop(); raw !== undefined; raw = payments.pop()) {
      const signature = await connection.sendRawTransaction(raw)
      await connection.confirmTransaction({ signature, blockhash, lastValidBlockHeight })
    }
  }
  await Promise.all(Array.from({ length: CONFIRMED_PARALLEL }, send))
  process.stdout.write('done\n')
}

async function serve(stateDir: string): Promise<void> {
  const { startLocalChain } = await import('#node/adapters/local-chain/server.ts')
  const ignore = () => {}
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log }
  const chain = await startLocalChain({ stateDir, port: 0, log, nowMs: Date.now, random: Math.random })
  process.once('SIGTERM', () => void chain.stop().then(() => process.exit(0)))
  process.stdout.write(`${chain.rpcUrl}\n`)
}

async function funded(connection: Connection): Promise<Keypair> {
  const wallet = Keypair.generate()
  const signature = await connection.requestAirdrop(wallet.publicKey, 100_000_000_000)
  const latest = await connection.getLatestBlockhash('processed')
  await connection.confirmTransaction({ signature, ...latest })
  return wallet
}

/** Signed payments that differ in their amounts. */
function transfers(wallet: Keypair, blockhash: string, count: number): Uint8Array[] {
  const to = Keypair.generate().publicKey
  return Array.from({ length: count }, (_, index) => {
    const pay = new Transaction({ feePayer: wallet.publicKey, blockhash, lastValidBlockHeight: 0 })
    pay
      .add(SystemProgram.transfer({ fromPubkey: wallet.publicKey, toPubkey: to, lamports: 1_000_000 + index }))
      .sign(wallet)
    return pay.serialize()
  })
}

async function post(url: string, raw: Uint8Array): Promise<void> {
  const params = [Buffer.from(raw).toString('base64'), { encoding: 'base64', skipPreflight: true }]
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'sendTransaction', params })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const text = await response.text()
  if (!text.includes('"result"')) throw new Error(text)
}

/** A process that runs this module in a role; also from the bundle, where this module is part of a bigger file. */
function child({ role, argument }: { role: 'serve' | 'client'; argument: string }) {
  return spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), 'local-chain'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, [ROLE]: role, [ARGUMENT]: argument },
  })
}

async function firstLine(process: ReturnType<typeof child>): Promise<string> {
  const lines = createInterface({ input: process.stdout })
  const [line] = await once(lines, 'line')
  lines.close()
  return String(line)
}

function rate(count: number, work: () => void): number {
  const started = performance.now()
  work()
  return (count * 1_000) / (performance.now() - started)
}

function repeat(measure: () => number): number[] {
  return Array.from({ length: ROUNDS }, measure)
}

async function repeatAsync(measure: () => Promise<number>): Promise<number[]> {
  const out: number[] = []
  for (let round = 0; round < ROUNDS; round++) out.push(await measure())
  return out
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

// A child plays its role and does nothing else: it is killed, or ends by a signal.
const role = process.env[ROLE]
const argument = process.env[ARGUMENT] ?? ''
if (role === 'serve') await serve(argument)
if (role === 'client') await client(argument)
if (role !== undefined) await new Promise(() => {})
if (process.argv[1]?.endsWith('bench/local-chain.ts')) console.table(await rows())
