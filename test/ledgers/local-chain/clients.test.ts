import assert from 'node:assert/strict'
import { AnchorProvider, Wallet } from '@coral-xyz/anchor'
import {
  createMint,
  getAccount,
  getMint,
  getOrCreateAssociatedTokenAccount,
  mintTo,
  TOKEN_2022_PROGRAM_ID,
  TOKEN_PROGRAM_ID,
  transfer,
} from '@solana/spl-token'
import {
  AddressLookupTableProgram,
  ComputeBudgetProgram,
  Keypair,
  PublicKey,
  SendTransactionError,
  SystemProgram,
  sendAndConfirmTransaction,
  Transaction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js'
import { fundedWallet, rpc, SOL, World } from './world.ts'

describe('local chain: unmodified clients', function () {
  this.timeout(60_000)
  const world = new World()
  afterEach(() => world.end())

  function pay(from: Keypair, to: PublicKey, lamports: number): Transaction {
    return new Transaction().add(SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports }))
  }

  it('airdrops and transfers with web3.js, and says how well each is settled', async () => {
    const connection = world.connect(await world.chain())
    const wallet = await fundedWallet(connection)
    const to = Keypair.generate().publicKey
    const signature = await sendAndConfirmTransaction(connection, pay(wallet, to, SOL), [wallet])
    assert.equal(await connection.getBalance(to), SOL)
    assert.equal(await connection.getBalance(wallet.publicKey), 9 * SOL - 5_000)
    await sendAndConfirmTransaction(connection, pay(wallet, to, SOL), [wallet], { commitment: 'finalized' })
    const status = await connection.getSignatureStatus(signature)
    assert.equal(status.value?.confirmationStatus, 'finalized')
    const transaction = await connection.getTransaction(signature, {
      maxSupportedTransactionVersion: 0,
      commitment: 'confirmed',
    })
    assert.equal(transaction?.meta?.fee, 5_000)
    assert.equal(transaction?.meta?.err, null)
    const parsed = await connection.getParsedTransaction(signature, { maxSupportedTransactionVersion: 0 })
    assert.equal(parsed?.transaction.message.accountKeys[0]?.pubkey.toBase58(), wallet.publicKey.toBase58())
    const rows = await connection.getSignaturesForAddress(to)
    assert.deepEqual([rows.length, rows[1]?.signature], [2, signature])
    assert.deepEqual(
      (await connection.getSignaturesForAddress(to, { before: rows[0]?.signature ?? '' })).map((row) => row.signature),
      [signature],
    )
    const block = await connection.getBlock(transaction.slot, { maxSupportedTransactionVersion: 0 })
    assert.ok(block?.transactions.some((row) => row.transaction.signatures[0] === signature))
  })

  it('mints and transfers with spl-token, for Token and Token-2022', async () => {
    const connection = world.connect(await world.chain())
    const wallet = await fundedWallet(connection)
    for (const program of [TOKEN_PROGRAM_ID, TOKEN_2022_PROGRAM_ID]) {
      const mint = await createMint(
        connection,
        wallet,
        wallet.publicKey,
        null,
        6,
        Keypair.generate(),
        undefined,
        program,
      )
      const other = Keypair.generate().publicKey
      const from = await getOrCreateAssociatedTokenAccount(
        connection,
        wallet,
        mint,
        wallet.publicKey,
        false,
        'confirmed',
        undefined,
        program,
      )
      const to = await getOrCreateAssociatedTokenAccount(
        connection,
        wallet,
        mint,
        other,
        false,
        'confirmed',
        undefined,
        program,
      )
      await mintTo(connection, wallet, mint, from.address, wallet, 1_500_000n, [], undefined, program)
      const signature = await transfer(
        connection,
        wallet,
        from.address,
        to.address,
        wallet,
        500_000n,
        [],
        undefined,
        program,
      )
      assert.equal((await getAccount(connection, to.address, 'confirmed', program)).amount, 500_000n)
      assert.equal((await getMint(connection, mint, 'confirmed', program)).supply, 1_500_000n)
      assert.equal((await connection.getTokenAccountBalance(from.address)).value.uiAmountString, '1')
      assert.equal((await connection.getTokenSupply(mint)).value.uiAmountString, '1.5')
      const owned = await connection.getParsedTokenAccountsByOwner(other, { mint })
      assert.equal(owned.value[0]?.account.data.parsed.info.tokenAmount.amount, '500000')
      const transaction = await connection.getTransaction(signature, {
        maxSupportedTransactionVersion: 0,
        commitment: 'confirmed',
      })
      assert.equal(
        transaction?.meta?.postTokenBalances?.find((row) => row.owner === other.toBase58())?.uiTokenAmount.amount,
        '500000',
      )
      const filters = [
        { dataSize: program === TOKEN_PROGRAM_ID ? 165 : 170 },
        { memcmp: { offset: 32, bytes: other.toBase58() } },
      ]
      const found = await connection.getProgramAccounts(program, { filters })
      assert.deepEqual(
        found.map((row) => row.pubkey.toBase58()),
        [to.address.toBase58()],
      )
    }
  })

  it('tells subscribers of accounts, programs, logs, signatures, slots and roots', async () => {
    const connection = world.connect(await world.chain())
    const wallet = await fundedWallet(connection)
    const to = Keypair.generate().publicKey
    const heard = <T>(subscribe: (tell: (value: T) => void) => void) => new Promise<T>(subscribe)
    const signed = pay(wallet, to, SOL)
    const { blockhash } = await connection.getLatestBlockhash()
    signed.recentBlockhash = blockhash
    signed.sign(wallet)
    const account = heard<number>((tell) => void connection.onAccountChange(to, (info) => tell(info.lamports)))
    const program = heard<string>(
      (tell) =>
        void connection.onProgramAccountChange(SystemProgram.programId, (row) => {
          if (row.accountId.equals(to)) tell(row.accountId.toBase58())
        }),
    )
    const logs = heard<string>((tell) => void connection.onLogs(to, (entry) => tell(entry.logs[0] ?? '')))
    const slot = heard<number>((tell) => void connection.onSlotChange((info) => tell(info.slot)))
    const root = heard<number>((tell) => void connection.onRootChange(tell))
    await slot // the socket is up, and calls on it are answered in order
    const signature = await connection.sendRawTransaction(signed.serialize())
    const told = heard<unknown>((tell) => void connection.onSignature(signature, (result) => tell(result.err)))
    assert.equal(await account, SOL)
    assert.equal(await program, to.toBase58())
    assert.match(await logs, /Program 1{32} invoke/)
    assert.equal(await told, null)
    assert.ok((await root) > 0)
  })

  it('works below Anchor: provider, simulation and errors with logs', async () => {
    const connection = world.connect(await world.chain())
    const wallet = await fundedWallet(connection)
    const provider = new AnchorProvider(connection, new Wallet(wallet), { commitment: 'confirmed' })
    const to = Keypair.generate().publicKey
    const simulated = await provider.simulate(pay(wallet, to, SOL), [], 'confirmed', [to])
    assert.ok((simulated.unitsConsumed ?? 0) > 0)
    await provider.sendAndConfirm(pay(wallet, to, SOL))
    assert.equal(await connection.getBalance(to), SOL)
    await assert.rejects(provider.sendAndConfirm(pay(wallet, to, 100 * SOL)), (error) => {
      assert.ok(error instanceof SendTransactionError)
      assert.match(error.message, /custom program error: 0x1/)
      assert.match((error.logs ?? []).join(), /insufficient lamports/)
      return true
    })
  })

  it('uses lookup tables, which read SlotHashes', async () => {
    const connection = world.connect(await world.chain())
    const wallet = await fundedWallet(connection)
    const to = Keypair.generate().publicKey
    const [create, table] = AddressLookupTableProgram.createLookupTable({
      ...{ authority: wallet.publicKey, payer: wallet.publicKey },
      recentSlot: (await connection.getSlot('confirmed')) - 1,
    })
    const extend = AddressLookupTableProgram.extendLookupTable({
      ...{ authority: wallet.publicKey, payer: wallet.publicKey, addresses: [to] },
      lookupTable: table,
    })
    const slot = await sendAndConfirmTransaction(connection, new Transaction().add(create, extend), [wallet])
    const written = await connection.getTransaction(slot, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    })
    await new Promise<void>(
      (resolve) => void connection.onSlotChange((info) => info.slot > (written?.slot ?? 0) && resolve()),
    )
    const lookup = (await connection.getAddressLookupTable(table)).value
    assert.ok(lookup)
    const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash()
    const message = new TransactionMessage({
      payerKey: wallet.publicKey,
      recentBlockhash: blockhash,
      instructions: pay(wallet, to, SOL).instructions,
    })
    const transaction = new VersionedTransaction(message.compileToV0Message([lookup]))
    transaction.sign([wallet])
    const signature = await connection.sendTransaction(transaction)
    await connection.confirmTransaction({ signature, blockhash, lastValidBlockHeight })
    assert.equal(await connection.getBalance(to), SOL)
    const entry = await connection.getTransaction(signature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    })
    assert.deepEqual(entry?.meta?.loadedAddresses?.writable.map(String), [to.toBase58()])
    const legacy = await rpc({ rpcUrl: connection.rpcEndpoint }, 'getTransaction', [
      signature,
      { commitment: 'confirmed' },
    ])
    assert.equal(Object(legacy['error']).code, -32015)
  })

  it('runs a transaction once, however often it is sent', async () => {
    const connection = world.connect(await world.chain())
    const wallet = await fundedWallet(connection)
    const to = Keypair.generate().publicKey
    const transaction = pay(wallet, to, SOL)
    const signature = await sendAndConfirmTransaction(connection, transaction, [wallet])
    assert.equal(await connection.sendRawTransaction(transaction.serialize(), { skipPreflight: true }), signature)
    await assert.rejects(connection.sendRawTransaction(transaction.serialize()), /already been processed/)
    assert.equal(await connection.getBalance(to), SOL)
  })

  it('simulates without signatures and with a blockhash of its own', async () => {
    const connection = world.connect(await world.chain())
    const wallet = await fundedWallet(connection)
    const to = Keypair.generate().publicKey
    const message = new TransactionMessage({
      ...{ payerKey: wallet.publicKey, recentBlockhash: PublicKey.default.toBase58() },
      instructions: [ComputeBudgetProgram.setComputeUnitLimit({ units: 10_000 }), ...pay(wallet, to, SOL).instructions],
    })
    const unsigned = new VersionedTransaction(message.compileToV0Message())
    const accounts = { encoding: 'base64' as const, addresses: [to.toBase58()] }
    const simulated = await connection.simulateTransaction(unsigned, {
      replaceRecentBlockhash: true,
      sigVerify: false,
      accounts,
    })
    assert.deepEqual([simulated.value.err, simulated.value.accounts?.[0]?.lamports], [null, SOL])
    assert.equal((await connection.simulateTransaction(unsigned)).value.err, 'BlockhashNotFound')
    assert.equal(await connection.getBalance(to), 0)
  })
})
