/** What settling on chain costs, measured in the VM: the rows of `npm run bench -- chain`. */
import { ComputeBudgetProgram, type Keypair, type TransactionInstruction } from '@solana/web3.js'
import * as payments from '#programs/client/payments.ts'
import { NODE_REGISTRY_ID } from '#programs/client/programs.ts'
import { creditAccountAddress, jobAccountKey } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import { committeeAddress, seatsAddress } from '#programs/client/registry-pdas.ts'
import { balanceAddress, ledgerAddress } from '#programs/client/splitter-pdas.ts'
import { proveTotal } from '#protocol/credits/totals.ts'
import { encodeKey } from '#protocol/wire/keys.ts'
import { namedKey } from './vm.ts'
import { RULES, stateOf, World } from './world.ts'

export interface CostRow {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** At most this; undefined where there is no goal. */
  readonly goal: number | undefined
  /** What one job costs in an escrow account of its own, in this run; undefined where there is nothing to compare. */
  readonly baseline: number | undefined
}

const TRANSACTION_BYTES = 1_232
const SETTLE_UNITS = 40_000
const JOBS = [1, 10, 100, 1_000, 3_000, 10_000]

/** Measures every row; takes some seconds. */
export async function chainCosts(): Promise<CostRow[]> {
  const escrow = await escrowCosts()
  return [
    ...escrow.rows,
    ...(await settlementRows(escrow.perJob)),
    ...(await claimRows()),
    ...(await pinRows()),
    ...(await rentRows()),
  ]
}

async function settlementRows(escrow: Cost): Promise<CostRow[]> {
  const rows: CostRow[] = []
  for (const [peers, q] of [
    [4, 3],
    [7, 5],
  ] as const) {
    const world = await World.create({ peers })
    const { publicKey: key } = await world.account('poster')
    const cost = measure(world, await world.settlement(key, world.header(key, { spent: 1n })), [])
    rows.push(...transactionRows(`settle, q = ${q}`, cost, SETTLE_UNITS))
    for (const jobs of JOBS) {
      const what = `settle ${jobs} jobs at q = ${q}, per job`
      const goal = q !== 5 ? undefined : jobs === 1_000 ? 35 : jobs === 3_000 ? 10 : undefined
      rows.push(row(what, cost.lamports / jobs, 'lamports', goal, escrow.lamports))
      rows.push(row(what, cost.bytes / jobs, 'bytes', undefined, escrow.bytes))
      rows.push(row(what, cost.units / jobs, 'compute units', undefined, escrow.units))
    }
  }
  return rows
}

/** What proving the draw costs, once for an account and epoch; at worst the few members hold the last seats of a long table. */
async function pinRows(): Promise<CostRow[]> {
  const rows: CostRow[] = []
  for (const seats of [5, 1_000, 8_192]) {
    const world = await World.create({ peers: 5 })
    const { publicKey: key } = await world.account('poster', { pinned: false })
    await world.renewAll()
    padSeats(world, seats)
    world.vm.advance(Number(RULES.epochSlots) + 1, Number(RULES.epochSlots))
    await world.crank()
    const payer = namedKey('pin payer')
    const pin = { network: world.network, key, epoch: world.chain().epoch, payer: payer.publicKey }
    const instructions = [await registry.pinCommittee(world.programs, pin)]
    const { units, bytes } = measure(world, instructions, [payer])
    rows.push(row(`pin a committee of the last 5 of ${seats} seats: compute`, units, 'compute units', UNITS_MAX))
    rows.push(row(`pin a committee of the last 5 of ${seats} seats: transaction`, bytes, 'bytes', TRANSACTION_BYTES))
  }
  return rows
}

/** Puts vacant entries in front of those in the slot table, up to `seats` in all. */
function padSeats(world: World, seats: number): void {
  const address = seatsAddress(world.network)
  const table = Buffer.from(world.vm.data(address) ?? [])
  const taken = table.readUInt32LE(SEATS_LENGTH_AT)
  const data = Buffer.alloc(SEATS_AT + SEAT_BYTES * seats)
  table.copy(data, 0, 0, SEATS_AT)
  data.writeUInt32LE(seats, SEATS_LENGTH_AT)
  table.copy(data, SEATS_AT + SEAT_BYTES * (seats - taken), SEATS_AT, SEATS_AT + SEAT_BYTES * taken)
  world.vm.forge(address, { owner: NODE_REGISTRY_ID, data })
}

const SEATS_LENGTH_AT = 48
const SEATS_AT = 56
const SEAT_BYTES = 88

/** What one transaction may take. */
const UNITS_MAX = 1_400_000

async function claimRows(): Promise<CostRow[]> {
  const rows: CostRow[] = []
  for (const count of [1, 4, 8, 12, 16]) {
    const world = await World.create()
    const { publicKey: key } = await world.account('poster', { deposit: 1_000_000n, authorised: 1_000_000n })
    const payees = Array.from({ length: count }, (_, i) => namedKey(`payee ${i}`).publicKey)
    for (const payee of payees) await world.openBalance(payee)
    const state = await world.settleTotals(key, new Map(payees.map((payee) => [payee.toBase58(), 1_000n])))
    const totals = payees.map((payee) => ({ payee, total: 1_000n }))
    const ledger = { network: world.network, key, opened: world.credit(key).opened }
    const instruction = await payments.claimInline(world.programs, ledger, { totals, rest: state.rest })
    rows.push(...transactionRows(`claim inline, ${count} payees`, measure(world, [instruction], [])))
  }
  for (const count of [100, 10_000, 65_536]) {
    const world = await World.create()
    const { publicKey: key } = await world.account('poster', { deposit: 1_000_000n, authorised: 1_000_000n })
    const payee = namedKey('payee 0').publicKey
    await world.openBalance(payee)
    const totals = new Map([[payee.toBase58(), 7n]])
    for (let i = 1; i < count; i++) totals.set(fillerKey(i), 1n)
    const state = stateOf(totals)
    world.pass(await world.settlement(key, world.header(key, { stateRoot: state.root, spent: BigInt(count + 6) })))
    const proven = proveTotal(totals, payee.toBase58())
    if (proven === undefined) throw new Error('the payee is in the tree')
    const ledger = { network: world.network, key, opened: world.credit(key).opened }
    const instruction = await payments.claim(world.programs, ledger, {
      payee,
      total: 7n,
      proof: proven.proof,
      rest: state.rest,
    })
    rows.push(...transactionRows(`claim by proof among ${count}`, measure(world, [instruction], [])))
  }
  return rows
}

async function escrowCosts(): Promise<{ rows: CostRow[]; perJob: Cost }> {
  const world = await World.create()
  const owner = world.wallet('job owner')
  const job = new Uint8Array(32).fill(1)
  const init = {
    ...{ domain: world.domain, owner: owner.publicKey, job, amount: 10n, deadline: BigInt(world.vm.seconds + 100) },
    ...{ source: world.tokensOf(owner.publicKey), tokens: world.vaultTokens },
  }
  const key = jobAccountKey(world.domain, owner.publicKey, job)
  const create = measure(world, [await receipts.createJob(world.programs, world.network, init)], [owner])
  const rent = world.vm.lamports(creditAccountAddress(world.network, key))
  const created = { ...create, lamports: create.lamports - Number(rent) }
  await world.nextEpoch()
  await world.pin(key)
  const settle = measure(world, await world.settlement(key, world.header(key, { spent: 1n })), [])
  const perJob = {
    lamports: created.lamports + settle.lamports,
    bytes: created.bytes + settle.bytes,
    units: created.units + settle.units,
  }
  const what = 'one-job account: create and settle at q = 3, per job'
  return {
    perJob,
    rows: [
      ...transactionRows('one-job account: create', created),
      row('one-job account: rent that comes back', Number(rent), 'lamports'),
      row(what, perJob.lamports, 'lamports', undefined, perJob.lamports),
      row(what, perJob.bytes, 'bytes', undefined, perJob.bytes),
      row(what, perJob.units, 'compute units', undefined, perJob.units),
    ],
  }
}

async function rentRows(): Promise<CostRow[]> {
  const world = await World.create()
  const { publicKey: key } = await world.account('poster')
  await world.openBalance(namedKey('payee 0').publicKey)
  const account = creditAccountAddress(world.network, key)
  const { epoch, opened } = world.credit(key)
  const addresses = [
    ['credit account', account],
    ['committee', committeeAddress(world.network, key, epoch)],
    ['ledger of 16 payees', ledgerAddress(account, opened)],
    ['balance', balanceAddress(world.network, namedKey('payee 0').publicKey)],
  ] as const
  return addresses.flatMap(([what, address]) => [
    row(`${what}: data`, world.vm.data(address)?.length ?? 0, 'bytes'),
    row(`${what}: rent that comes back on closing`, Number(world.vm.lamports(address)), 'lamports'),
  ])
}

interface Cost {
  readonly lamports: number
  readonly bytes: number
  readonly units: number
}

/** Runs the transaction as a client sends it, with both budget instructions; the fee is what its payer has less afterwards. */
function measure(world: World, instructions: readonly TransactionInstruction[], signers: readonly Keypair[]): Cost {
  const payer = signers[0] ?? namedKey('relayer')
  world.vm.airdrop(payer.publicKey)
  const before = world.vm.lamports(payer.publicKey)
  const budget = [
    ComputeBudgetProgram.setComputeUnitLimit({ units: UNITS_MAX }),
    ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 0 }),
  ]
  const outcome = world.vm.send([...budget, ...instructions], signers, payer)
  // Sixteen inline payees are over the limit of a real cluster, which this VM does not have: the row says so.
  if (outcome.refusal !== undefined && outcome.bytes <= TRANSACTION_BYTES)
    throw new Error(`refused: ${outcome.refusal.name}`)
  const lamports = Number(before - world.vm.lamports(payer.publicKey))
  return { lamports, bytes: outcome.bytes, units: outcome.computeUnits }
}

function transactionRows(what: string, cost: Cost, unitsGoal?: number): CostRow[] {
  return [
    row(`${what}: transaction`, cost.bytes, 'bytes', TRANSACTION_BYTES),
    row(`${what}: compute`, cost.units, 'compute units', unitsGoal),
    row(`${what}: fee`, cost.lamports, 'lamports'),
  ]
}

function row(what: string, value: number, unit: string, goal?: number, baseline?: number): CostRow {
  return { what, value, unit, goal, baseline }
}

/** Payees that nobody claims for: any 32 bytes, on both sides of the others. */
function fillerKey(i: number): string {
  const bytes = new Uint8Array(32).fill(i % 2 === 0 ? 0 : 255)
  new DataView(bytes.buffer).setUint32(4, i, false)
  return encodeKey(bytes)
}
