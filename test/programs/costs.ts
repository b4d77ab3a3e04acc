/** What settling on chain costs, measured in the VM: the rows of `npm run bench -- chain`. */
import type { Keypair, TransactionInstruction } from '@solana/web3.js'
import * as payments from '#programs/client/payments.ts'
import { creditAccountAddress, jobAccountKey } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import { committeeAddress } from '#programs/client/registry-pdas.ts'
import { withBudget } from '#programs/client/send.ts'
import { balanceAddress, ledgerAddress } from '#programs/client/splitter-pdas.ts'
import { proveTotal } from '#protocol/credits/totals.ts'
import { encodeKey } from '#protocol/wire/keys.ts'
import { namedKey } from './vm.ts'
import { stateOf, World } from './world.ts'

export interface CostRow {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly spread: string
  readonly goal: string
  readonly met: boolean | undefined
  readonly baseline: string
  readonly ratio: number | undefined
}

const TRANSACTION_BYTES = 1_232
const SETTLE_UNITS = 40_000
/** What a transaction costs for each signature, its own and those that the precompile checks. */
const SIGNATURE_LAMPORTS = 5_000
/** An escrow per job takes at least its opening and its settlement. */
const ESCROW_LAMPORTS = 10_000

/** Measures every row; takes some seconds. */
export async function chainCosts(): Promise<CostRow[]> {
  return [...(await settlementRows()), ...(await claimRows()), ...(await jobRows()), ...(await rentRows())]
}

async function settlementRows(): Promise<CostRow[]> {
  const rows: CostRow[] = []
  for (const [peers, q] of [
    [4, 3],
    [7, 5],
  ] as const) {
    const world = await World.create({ peers })
    const { publicKey: key } = await world.account('poster')
    const cost = measure(world, await world.settlement(key, world.header(key, { spent: 1n })), [])
    rows.push(...transactionRows(`settle, q = ${q}`, cost, SETTLE_UNITS))
    for (const jobs of [1, 10, 100, 1_000, 3_000, 10_000]) {
      const goal = q !== 5 ? undefined : jobs === 1_000 ? 35 : jobs === 3_000 ? 10 : undefined
      rows.push(
        row(
          `settle ${jobs} jobs at q = ${q}, per job`,
          cost.lamports / jobs,
          'lamports',
          goal,
          ESCROW_LAMPORTS,
          'escrow per job',
        ),
      )
    }
  }
  return rows
}

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

async function jobRows(): Promise<CostRow[]> {
  const world = await World.create()
  const owner = world.wallet('job owner')
  const job = new Uint8Array(32).fill(1)
  const source = world.tokensOf(owner.publicKey)
  const init = {
    owner: owner.publicKey,
    job,
    amount: 10n,
    deadline: BigInt(world.vm.seconds + 100),
    source,
    tokens: world.vaultTokens,
  }
  const create = measure(world, [await receipts.createJob(world.programs, world.network, init)], [owner])
  const key = jobAccountKey(world.network, owner.publicKey, job)
  await world.nextEpoch()
  await world.pin(key)
  const settle = measure(world, await world.settlement(key, world.header(key, { spent: 1n })), [])
  const total = create.lamports + settle.lamports
  return [
    ...transactionRows('one-job account: create', create),
    row(
      'one-job account: create and settle at q = 3, per job',
      total,
      'lamports',
      undefined,
      ESCROW_LAMPORTS,
      'escrow per job',
    ),
  ]
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
  return addresses.map(([what, address]) =>
    row(`${what}: data, rent returned on closing`, world.vm.data(address)?.length ?? 0, 'bytes'),
  )
}

interface Cost {
  readonly lamports: number
  readonly bytes: number
  readonly units: number
}

/** Runs the transaction as a client sends it: paid by the signer, or by a relayer, with both budget instructions. */
function measure(world: World, instructions: readonly TransactionInstruction[], signers: readonly Keypair[]): Cost {
  const payer = signers[0] ?? namedKey('relayer')
  world.vm.airdrop(payer.publicKey)
  const outcome = world.vm.send(withBudget(instructions, { units: 400_000, microLamports: 1 }), signers, payer)
  if (outcome.refusal !== undefined && outcome.bytes <= TRANSACTION_BYTES)
    throw new Error(`refused: ${outcome.refusal.name}`)
  const checked = instructions.filter((one) => one.keys.length === 0).reduce((sum, one) => sum + (one.data[0] ?? 0), 0)
  return { lamports: SIGNATURE_LAMPORTS * (1 + checked), bytes: outcome.bytes, units: outcome.computeUnits }
}

function transactionRows(what: string, cost: Cost, unitsGoal?: number): CostRow[] {
  return [
    row(`${what}: transaction`, cost.bytes, 'bytes', TRANSACTION_BYTES),
    row(`${what}: compute`, cost.units, 'compute units', unitsGoal),
    row(`${what}: fee`, cost.lamports, 'lamports'),
  ]
}

function row(what: string, value: number, unit: string, goal?: number, baseline?: number, baselineName = ''): CostRow {
  return {
    what,
    value,
    unit,
    spread: 'exact',
    goal: goal === undefined ? '' : `<= ${goal}`,
    met: goal === undefined ? undefined : value <= goal,
    baseline: baseline === undefined ? '' : `${baseline} (${baselineName})`,
    ratio: baseline === undefined ? undefined : value / baseline,
  }
}

/** Payees that nobody claims for: any 32 bytes, on both sides of the others. */
function fillerKey(i: number): string {
  const bytes = new Uint8Array(32).fill(i % 2 === 0 ? 0 : 255)
  new DataView(bytes.buffer).setUint32(4, i, false)
  return encodeKey(bytes)
}
