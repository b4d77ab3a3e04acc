import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  createAssociatedTokenAccountIdempotentInstruction,
  createInitializeMint2Instruction,
  getAssociatedTokenAddressSync,
  MINT_SIZE,
  TOKEN_PROGRAM_ID,
} from '@solana/spl-token'
import { Keypair, SystemProgram } from '@solana/web3.js'
import { JOB_RECEIPT_ID, NODE_REGISTRY_ID, weftPrograms } from '#programs/client/programs.ts'
import { readCreditAccount, readNetwork } from '#programs/client/read.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import { networkAddress } from '#programs/client/registry-pdas.ts'
import {
  ClusterUnreachableError,
  ProgramRefusedError,
  sendInstructions,
  TransactionExpiredError,
} from '#programs/client/send.ts'
import { fundedWallet, World } from '../ledgers/local-chain/world.ts'
import { RULES } from './world.ts'

describe('the client over JSON-RPC', function () {
  this.timeout(60_000)
  const world = new World()
  afterEach(() => world.end())

  const programs = [
    [NODE_REGISTRY_ID, 'node_registry'],
    [JOB_RECEIPT_ID, 'job_receipt'],
  ] as const
  const elves = () =>
    programs.map(([id, name]) => ({
      id: id.toBase58(),
      elf: readFileSync(new URL(`../../programs/deploy/${name}.so`, import.meta.url)),
    }))

  it('creates a network, opens an account, and names what a program refuses before sending it', async () => {
    const chain = await world.chain({ programs: elves(), faults: { dropRate: 0.4 }, random: Math.random })
    const connection = world.connect(chain)
    const payer = await retry(() => fundedWallet(connection))
    const client = weftPrograms(connection)
    const network = networkAddress('rpc')
    const mint = Keypair.generate()
    const stakeVault = getAssociatedTokenAddressSync(mint.publicKey, network, true)
    const lamports = await connection.getMinimumBalanceForRentExemption(MINT_SIZE)
    const fromPubkey = payer.publicKey
    const token = [
      SystemProgram.createAccount({
        fromPubkey,
        newAccountPubkey: mint.publicKey,
        space: MINT_SIZE,
        lamports,
        programId: TOKEN_PROGRAM_ID,
      }),
      createInitializeMint2Instruction(mint.publicKey, 6, payer.publicKey, null),
      createAssociatedTokenAccountIdempotentInstruction(payer.publicKey, stakeVault, network, mint.publicKey),
    ]
    await sendInstructions(connection, token, { payer, signers: [mint], priorityMicroLamports: 1 })
    const treasury = Keypair.generate().publicKey
    const init = { networkId: 'rpc', rules: RULES, payer: payer.publicKey, treasury, mint: mint.publicKey, stakeVault }
    await sendInstructions(connection, [await registry.initNetwork(client, init)], { payer })
    const open = await receipts.openAccount(client, network, payer.publicKey)
    const sent = await sendInstructions(connection, [open], { payer, commitment: 'finalized' })
    const read = await readCreditAccount(client, { network, key: payer.publicKey }, { minSlot: sent.slot })
    assert(read.value && read.slot >= sent.slot)
    assert.equal((await readNetwork(client, network)).value?.feeBps, RULES.feeBps)

    const limit = await receipts.requestWithdrawal(
      client,
      { network, key: payer.publicKey },
      { owner: payer.publicKey, amount: 1n },
    )
    await assert.rejects(sendInstructions(connection, [limit], { payer }), (error) => {
      assert(error instanceof ProgramRefusedError)
      assert.deepEqual([error.refusal.program, error.refusal.name], ['job_receipt', 'beyondDeposits'])
      assert.match(error.message, /more than what is deposited; deposit more/)
      return true
    })
  })

  it('signs anew when a blockhash expires, gives up with every signature that it tried, and stops when told to', async () => {
    const chain = await world.chain({ slotMs: 5 })
    const connection = world.connect(chain)
    const payer = await fundedWallet(connection)
    const nothing = SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: payer.publicKey, lamports: 0 })
    const stop = sendInstructions(connection, [nothing], { payer, signal: AbortSignal.abort(new Error('stop')) })
    await assert.rejects(stop, /stop/)
    connection.sendRawTransaction = async () => 'lost on the way'
    await assert.rejects(sendInstructions(connection, [nothing], { payer, attempts: 2 }), (error) => {
      assert(error instanceof TransactionExpiredError)
      assert.equal(new Set(error.signatures).size, 2)
      return true
    })
  })

  it('goes on when the node is silent or behind for a moment, pays what others pay, and sends nothing twice', async () => {
    const chain = await world.chain({ slotMs: 5 })
    const connection = world.connect(chain)
    const payer = await fundedWallet(connection)
    const to = Keypair.generate().publicKey
    const pay = SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: 5_000_000 })
    const [send, fees] = [connection.sendRawTransaction.bind(connection), connection.getRecentPrioritizationFees]
    let calls = 0
    connection.sendRawTransaction = async (raw, options) => {
      calls++
      if (calls === 1) throw new TypeError('fetch failed')
      const signature = await send(raw, options)
      if (calls === 2) throw new Error('other side closed')
      return signature
    }
    connection.getRecentPrioritizationFees = async () => [
      { slot: 1, prioritizationFee: 7 },
      { slot: 2, prioritizationFee: 9 },
      { slot: 3, prioritizationFee: 5_000_000 },
    ]
    const { signature, slot } = await sendInstructions(connection, [pay], { payer, priorityMicroLamports: 'recent' })
    assert(calls >= 2)
    assert.equal(await connection.getBalance(to), 5_000_000)
    const landed = await connection.getTransaction(signature, {
      maxSupportedTransactionVersion: 0,
      commitment: 'confirmed',
    })
    assert.equal(landed?.slot, slot)
    const price = landed?.transaction.message.compiledInstructions[1]?.data ?? new Uint8Array()
    assert.equal(Buffer.from(price).readBigUInt64LE(1), 9n)
    const balance = await connection.getBalance(to)
    connection.sendRawTransaction = async () => {
      throw new TypeError('fetch failed')
    }
    await assert.rejects(sendInstructions(connection, [pay], { payer, silenceMs: 100 }), (error) => {
      assert(error instanceof ClusterUnreachableError)
      assert.equal(error.signatures.length, 1)
      assert(error.message.includes(error.signatures[0] ?? '-'), 'says what to look up')
      return true
    })
    assert.equal(await connection.getBalance(to), balance)
    connection.sendRawTransaction = send
    connection.getRecentPrioritizationFees = fees
    const again = { payer, priorityMicroLamports: 'recent', minSlot: slot } as const
    await sendInstructions(connection, [pay], again)
    const ahead = { minSlot: slot + 40 }
    const read = await readCreditAccount(weftPrograms(connection), { network: to, key: to }, ahead)
    assert(read.slot >= slot + 40, 'waits for a node that is behind')
  })
})

async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let i = 0; ; i++) {
    try {
      return await attempt()
    } catch (error) {
      if (i >= 4) throw error
    }
  }
}
