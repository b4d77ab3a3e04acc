import assert from 'node:assert/strict'
import { Keypair, PublicKey, sendAndConfirmTransaction, Transaction } from '@solana/web3.js'
import { Vm } from '#node/adapters/ledgers/local-chain/vm.ts'
import { fundedWallet, World } from './world.ts'

/**
 * ELF bytes that are always at hand: the Memo program inside the VM, whose loader keeps the file as the account's data.
 */
function memoElf(): Uint8Array {
  const memo = new Vm().account('MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr')
  assert.ok(memo !== undefined && memo.data.subarray(1, 4).toString() === 'ELF')
  return memo.data
}

describe('local chain: programs', function () {
  this.timeout(60_000)
  const world = new World()
  afterEach(() => world.end())

  it('runs programs from their files at the address given, also after a restart without the file', async () => {
    const stateDir = await world.folder()
    const programId = Keypair.generate().publicKey
    for (const programs of [[{ id: programId.toBase58(), elf: memoElf() }], []]) {
      const chain = await world.chain({ stateDir, programs })
      const connection = world.connect(chain)
      const wallet = await fundedWallet(connection)
      const call = new Transaction().add({ programId, keys: [], data: Buffer.from('hello') })
      const signature = await sendAndConfirmTransaction(connection, call, [wallet])
      const executed = await connection.getTransaction(signature, {
        commitment: 'confirmed',
        maxSupportedTransactionVersion: 0,
      })
      assert.match(executed?.meta?.logMessages?.join() ?? '', new RegExp(`${programId.toBase58()} success`))
      assert.equal((await connection.getAccountInfo(new PublicKey(programId)))?.executable, true)
      assert.equal(chain.replayed.different, 0)
      await chain.stop()
    }
  })
})
