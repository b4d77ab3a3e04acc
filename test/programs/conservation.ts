/**
 * S4 and S5 over everything that the programs own. Accounts are read by their offsets, not by the client's decoders: this runs
 * after each of a million transactions, and is a second opinion about the layout.
 */
import assert from 'node:assert/strict'
import type { PublicKey } from '@solana/web3.js'
import { jobReceiptIdl } from '#programs/client/types/job_receipt.ts'
import { nodeRegistryIdl } from '#programs/client/types/node_registry.ts'
import { paymentSplitterIdl } from '#programs/client/types/payment_splitter.ts'
import type { Vm } from './vm.ts'

/** What only an owner, payee or member may change, by address. */
export interface Holding {
  readonly kind: 'creditAccount' | 'ledger' | 'balance' | 'node'
  readonly deposited: bigint
  readonly withdrawn: bigint
  readonly authorised: bigint
  readonly spent: bigint
  readonly deadline: bigint
  readonly slashed: boolean
}

const NONE: Holding = {
  kind: 'node',
  deposited: 0n,
  withdrawn: 0n,
  authorised: 0n,
  spent: 0n,
  deadline: 0n,
  slashed: false,
}

const tags = new Map(
  [jobReceiptIdl, nodeRegistryIdl, paymentSplitterIdl].flatMap(({ accounts }) =>
    accounts.map(({ name, discriminator }) => [Buffer.from(discriminator).toString('hex'), name] as const),
  ),
)

/** Everything that belongs to `network`, after checking that each account by itself is sound. */
export function holdings(vm: Vm, network: PublicKey): ReadonlyMap<string, Holding> {
  const found = new Map<string, Holding>()
  const of = network.toBuffer()
  for (const { address, data } of vm.owned()) {
    const kind = tags.get(data.toString('hex', 0, 8))
    if (kind === undefined || !data.subarray(8, 40).equals(of)) continue
    const holding = read(kind, data, vm)
    if (holding !== undefined) found.set(address, holding)
  }
  return found
}

function read(kind: string, data: Buffer, vm: Vm): Holding | undefined {
  const u64 = (at: number) => data.readBigUInt64LE(at)
  switch (kind) {
    case 'creditAccount': {
      const [deposited, withdrawn, authorised, spent] = [u64(152), u64(160), u64(168), u64(232)]
      assert(spent <= deposited - withdrawn && spent <= authorised, 'spent beyond deposits or authorisation')
      return { ...NONE, kind, deposited, withdrawn, authorised, spent, deadline: u64(136) }
    }
    case 'ledger':
      return { ...NONE, kind, ...ledger(data, vm) }
    case 'balance':
      assert(u64(112) <= u64(104), 'more withdrawn than earned')
      return { ...NONE, kind, deposited: u64(104), withdrawn: u64(112) }
    case 'node':
      return { ...NONE, kind, deposited: u64(136) + u64(144), slashed: data[188] === 1 }
    default:
      return undefined
  }
}

/** Where a credit account, and its ledger, say in which epoch it was opened: that tells its lives apart. */
const OPENED_AT = 144
const LEDGER_OPENED_AT = 104

/** A ledger owes what it keeps back as fees, less what it paid out of its account, unless that was closed: another life of it may be open. */
function ledger(data: Buffer, vm: Vm): { deposited: bigint; withdrawn: bigint } {
  const [claimed, fees, collected] = [112, 120, 128].map((at) => data.readBigUInt64LE(at)) as [bigint, bigint, bigint]
  let paid = 0n
  for (let i = 0; i < data.readUInt32LE(144); i++) paid += data.readBigUInt64LE(152 + 40 * i + 32)
  assert.equal(paid, claimed, 'the sum of what was paid is what was claimed')
  assert(collected <= fees && fees <= claimed, 'fees')
  const account = vm.svm.getAccount(data.subarray(40, 72))
  const open =
    account !== null &&
    account.lamports() > 0n &&
    Buffer.from(account.data()).readBigUInt64LE(OPENED_AT) === data.readBigUInt64LE(LEDGER_OPENED_AT)
  return { deposited: fees - collected, withdrawn: open ? claimed : 0n }
}

/** Throws unless the vault holds what is owed, to the unit, and the stake vault all stake. */
export function checkConservation(
  held: ReadonlyMap<string, Holding>,
  { vault, stake, slashed }: { readonly vault: bigint; readonly stake: bigint; readonly slashed: bigint },
): void {
  let owed = 0n
  let staked = slashed
  for (const holding of held.values()) {
    if (holding.kind === 'node') staked += holding.deposited
    else owed += holding.deposited - holding.withdrawn
  }
  assert.equal(vault, owed, 'deposits = payments + fees + refunds + balances')
  assert.equal(stake, staked, 'stake')
}

/**
 * What a transaction that no owner signed may not do: authorise, withdraw (but for a job's refund, which goes to its owner),
 * take from a balance, or take stake, except from an equivocator.
 */
export function checkNobodyRobbed(before: ReadonlyMap<string, Holding>, after: ReadonlyMap<string, Holding>): void {
  for (const [address, old] of before) {
    const now = after.get(address)
    if (old.kind === 'ledger') continue
    assert(now !== undefined, `a stranger closed a ${old.kind}`)
    assert.equal(now.authorised, old.authorised, 'a stranger authorised')
    if (old.deadline === 0n) assert.equal(now.withdrawn, old.withdrawn, `a stranger withdrew from a ${old.kind}`)
    if (old.kind !== 'node') assert(now.deposited >= old.deposited && now.spent >= old.spent, 'credits vanished')
    else assert(now.slashed || now.deposited === old.deposited, 'stake vanished')
  }
}
