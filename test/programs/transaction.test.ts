import assert from 'node:assert/strict'
import { Message, PublicKey, Transaction, TransactionInstruction } from '@solana/web3.js'
import { transactionBytes } from './transaction.ts'
import { namedKey } from './vm.ts'

describe('transactions of the tests', () => {
  const [payer, signer, other] = ['payer', 'signer', 'other'].map(namedKey) as [
    ReturnType<typeof namedKey>,
    ReturnType<typeof namedKey>,
    ReturnType<typeof namedKey>,
  ]
  const meta = (name: string, isSigner: boolean, isWritable: boolean) => ({
    pubkey: namedKey(name).publicKey,
    isSigner,
    isWritable,
  })
  const instruction = (length: number) =>
    new TransactionInstruction({
      programId: namedKey('program').publicKey,
      keys: [
        meta('read', false, false),
        meta('signer', true, false),
        meta('written', false, true),
        meta('signer', false, true),
      ],
      data: Buffer.alloc(length, 7),
    })

  /** A message with keys for indexes. */
  const named = (message: Message) => ({
    payer: message.accountKeys[0]?.toBase58(),
    instructions: message.instructions.map(({ accounts, data, programIdIndex }) => ({
      data,
      program: message.accountKeys[programIdIndex]?.toBase58(),
      accounts: accounts.map((index) => [
        message.accountKeys[index]?.toBase58(),
        message.isAccountSigner(index),
        message.isAccountWritable(index),
      ]),
    })),
  })

  it('are what web3.js writes, for short and long data, but for the order inside a class of accounts', () => {
    for (const length of [0, 1, 127, 128, 300]) {
      const instructions = [instruction(length), instruction(3)]
      const transaction = new Transaction({ feePayer: payer.publicKey, recentBlockhash: PublicKey.default.toBase58() })
      const bytes = transactionBytes(instructions, [payer, signer])
      const ours = Message.from(bytes.subarray(1 + 2 * 64))
      const theirs = transaction.add(...instructions).compileMessage()
      assert.equal(bytes.length, 1 + 2 * 64 + theirs.serialize().length)
      assert.deepEqual(named(ours), named(theirs))
      assert.deepEqual(ours.header, theirs.header)
    }
  })

  it('are not made without the key of every signer', () => {
    assert.throws(() => transactionBytes([instruction(1)], [payer, other]), /nobody signs for/)
  })
})
