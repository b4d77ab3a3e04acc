/**
 * Speed of the local chain: raw transactions from one process, and sent-and-confirmed ones from six. The baselines are
 * measured in the same run: litesvm called directly in this process, and writes of one transaction's size that are
 * synced one by one.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Connection, Keypair } from '@solana/web3.js'
import { toBase58 } from '#node/adapters/ledgers/local-chain/base58.ts'
import { SYSTEM_PROGRAM, Vm } from '#node/adapters/ledgers/local-chain/vm.ts'
import {
  type ClientKind,
  caller,
  client,
  clientKinds,
  funded,
  inParallel,
  serve,
  transfers,
} from './local-chain-roles.ts'
import { medianOf, type Row, round } from './row.ts'

const ROUNDS = 3
const RAW_TRANSACTIONS = 2_000
const RAW_PARALLEL = 32
const CLIENTS = 6
const CONFIRMED_PER_CLIENT = 150
const SYNCS = 200
/** Bytes of a payment in the log. */
const RECORD_BYTES = 1_000
const ROLE = 'WEFT_BENCH_CHAIN_ROLE'
const ARGUMENT = 'WEFT_BENCH_CHAIN_ARGUMENT'
const GOAL_RAW = 500
const GOAL_CONFIRMED = 150

/** Transactions per second of every kind, and the chain's own CPU time for each; about a minute on two cores. */
export async function rows(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-chain-'))
  const direct = rounds(directRate)
  const baseline = medianOf(direct)
  const synced = rounds(() => syncRate(folder))
  const server = child({ role: 'serve', argument: join(folder, 'state') })
  try {
    const url = await firstLine(server)
    const raw = await measured(url, () => rawRate(url))
    const web3 = await measured(url, () => confirmedRate(url, 'web3'))
    const bare = await measured(url, () => confirmedRate(url, 'bare'))
    const from = `sent and confirmed from ${CLIENTS} processes`
    return [
      rateRow('litesvm called directly, one at a time', { rates: direct, baseline, goal: 0 }),
      rateRow('records of one transaction written and synced, one at a time', { rates: synced, baseline, goal: 0 }),
      ...bothRows('raw transactions from one process', { ...raw, baseline, goal: GOAL_RAW }),
      ...bothRows(`${from}, unmodified web3.js`, { ...web3, baseline, goal: GOAL_CONFIRMED }),
      ...bothRows(`${from}, bare JSON-RPC`, { ...bare, baseline, goal: GOAL_CONFIRMED }),
    ]
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
}

/** What rates are compared with, transactions per second. */
interface Compared {
  readonly baseline: number
  /** 0: there is none. */
  readonly goal: number
}

interface Measured {
  readonly rates: readonly number[]
  /** CPU time of the chain's process per transaction, ms. */
  readonly cpuMs: readonly number[]
}

/**
 * Takes the rate some times, and what the chain's own process spent meanwhile: on a busy machine only the second says
 * something.
 */
async function measured(url: string, rate: () => Promise<number>): Promise<Measured> {
  const call = caller(url, 1)
  const info = async () => {
    const { cpuMs, transactions } = Object(await call('weft_info', []))
    return { cpuMs: Number(cpuMs), transactions: Number(transactions) }
  }
  const rates: number[] = []
  const cpuMs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = await info()
    rates.push(await rate())
    const after = await info()
    cpuMs.push((after.cpuMs - before.cpuMs) / (after.transactions - before.transactions))
  }
  return { rates, cpuMs }
}

function bothRows(what: string, { rates, cpuMs, baseline, goal }: Measured & Compared): Row[] {
  const direct = 1_000 / baseline
  const value = medianOf(cpuMs)
  return [
    rateRow(what, { rates, baseline, goal }),
    {
      ...{
        what: `${what}: the chain's CPU time`,
        value: round(value),
        unit: 'ms/transaction',
        goal: 0,
      },
      ...{ spread: spreadOf(cpuMs.map(round)), met: true, baseline: round(direct), ratio: round(value / direct) },
    },
  ]
}

function rateRow(what: string, { rates, baseline, goal }: Pick<Measured, 'rates'> & Compared): Row {
  const value = medianOf(rates)
  return {
    ...{ what, value: Math.round(value), unit: 'transactions/s', goal, met: value >= goal },
    ...{ spread: spreadOf(rates.map(Math.round)), baseline: Math.round(baseline), ratio: round(value / baseline) },
  }
}

function spreadOf(values: readonly number[]): string {
  return `${Math.min(...values)} to ${Math.max(...values)}`
}

function directRate(): number {
  const vm = new Vm()
  const wallet = Keypair.generate()
  vm.setAccount(wallet.publicKey.toBase58(), {
    ...{ lamports: 10n ** 15n, owner: SYSTEM_PROGRAM, executable: false, data: Buffer.alloc(0) },
  })
  const payments = transfers(wallet, toBase58(new Uint8Array(32).fill(7)), RAW_TRANSACTIONS)
  return rateOf(RAW_TRANSACTIONS, () => {
    for (const raw of payments) if (vm.execute(raw).err !== null) throw new Error('the baseline transaction failed')
  })
}

function syncRate(folder: string): number {
  const file = openSync(join(folder, 'sync'), 'a')
  const record = Buffer.alloc(RECORD_BYTES, 1)
  const perSecond = rateOf(SYNCS, () => {
    for (let i = 0; i < SYNCS; i++) {
      writeSync(file, record)
      fdatasyncSync(file)
    }
  })
  closeSync(file)
  return perSecond
}

async function rawRate(url: string): Promise<number> {
  const connection = new Connection(url, 'confirmed')
  const wallet = await funded(connection)
  const { blockhash } = await connection.getLatestBlockhash('processed')
  const call = caller(url, RAW_PARALLEL)
  const payments = transfers(wallet, blockhash, RAW_TRANSACTIONS).map((raw) => Buffer.from(raw).toString('base64'))
  const started = performance.now()
  await inParallel(payments, RAW_PARALLEL, (raw) =>
    call('sendTransaction', [raw, { encoding: 'base64', skipPreflight: true }]),
  )
  return (RAW_TRANSACTIONS * 1_000) / (performance.now() - started)
}

/** Each process says it is ready, waits for a line and reports when it is through. */
async function confirmedRate(url: string, kind: ClientKind): Promise<number> {
  const clients = Array.from({ length: CLIENTS }, () => child({ role: kind, argument: url }))
  await Promise.all(clients.map(firstLine))
  const started = performance.now()
  const ends = clients.map(firstLine)
  for (const client of clients) client.stdin.write('go\n')
  await Promise.all(ends)
  const perSecond = (CLIENTS * CONFIRMED_PER_CLIENT * 1_000) / (performance.now() - started)
  for (const client of clients) client.kill('SIGKILL')
  return perSecond
}

/** A process that runs this module in a role; also from the bundle, where this module is part of a bigger file. */
function child({ role, argument }: { role: 'serve' | ClientKind; argument: string }) {
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

function rateOf(count: number, work: () => void): number {
  const started = performance.now()
  work()
  return (count * 1_000) / (performance.now() - started)
}

function rounds(measure: () => number): number[] {
  return Array.from({ length: ROUNDS }, measure)
}

// A child plays its role and does nothing else: it is killed, or ends by a signal.
const role = process.env[ROLE]
const argument = process.env[ARGUMENT] ?? ''
if (role === 'serve') await serve(argument)
const kind = clientKinds.find((name) => name === role)
if (kind !== undefined) await client(argument, kind, CONFIRMED_PER_CLIENT)
if (role !== undefined) await new Promise(() => {})
if (process.argv[1]?.endsWith('bench/local-chain.ts')) console.table(await rows())
