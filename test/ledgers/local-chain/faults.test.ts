import assert from 'node:assert/strict'
import { type Connection, Keypair, type PublicKey, SystemProgram, Transaction } from '@solana/web3.js'
import { fundedWallet, rpc, SOL, World } from './world.ts'

describe('local chain: faults', function () {
  this.timeout(60_000)
  const world = new World()
  afterEach(() => world.end())

  async function signedPay(connection: Connection, from: Keypair, to: PublicKey, lamports = SOL) {
    const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash('processed')
    const transaction = new Transaction({ feePayer: from.publicKey, blockhash, lastValidBlockHeight })
    transaction.add(SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports })).sign(from)
    return { raw: transaction.serialize(), blockhash, lastValidBlockHeight }
  }

  /** Resolves when the chain has passed `count` slots from now. */
  async function slots(connection: Connection, count: number): Promise<void> {
    const from = await connection.getSlot('processed')
    await new Promise<void>((resolve) => {
      const id = connection.onSlotChange(({ slot }) => {
        if (slot < from + count) return
        void connection.removeSlotChangeListener(id)
        resolve()
      })
    })
  }

  it('delays confirmation: readers at confirmed see the old state until then', async () => {
    const chain = await world.chain({ slotMs: 20_000 })
    const connection = world.connect(chain)
    const wallet = await fundedWallet(connection)
    await rpc(chain, 'weft_setFaults', [{ delayMs: 600_000 }]) // 30 slots
    // The slot that was open then is confirmed already.
    await rpc(chain, 'weft_warp', [{ slots: 1 }])
    const to = Keypair.generate().publicKey
    const pay = await signedPay(connection, wallet, to)
    const signature = await connection.sendRawTransaction(pay.raw)
    const status = await connection.getSignatureStatus(signature)
    assert.equal(status.value?.confirmationStatus, 'processed')
    assert.deepEqual(
      [await connection.getBalance(to, 'processed'), await connection.getBalance(to, 'confirmed')],
      [SOL, 0],
    )
    await rpc(chain, 'weft_warp', [{ slots: 25 }])
    assert.equal(await connection.getBalance(to, 'confirmed'), 0)
    await rpc(chain, 'weft_warp', [{ slots: 5 }])
    await connection.confirmTransaction({ signature, ...pay })
    assert.equal(await connection.getBalance(to, 'confirmed'), SOL)
  })

  it('drops what it accepted: the client waits in vain until the blockhash is too old', async () => {
    const chain = await world.chain({ slotMs: 60_000 })
    const connection = world.connect(chain)
    const wallet = await fundedWallet(connection)
    await rpc(chain, 'weft_setFaults', [{ dropNext: 1 }])
    const to = Keypair.generate().publicKey
    const pay = await signedPay(connection, wallet, to)
    const signature = await connection.sendRawTransaction(pay.raw)
    assert.equal((await connection.getSignatureStatus(signature)).value, null)
    const waiting = assert.rejects(connection.confirmTransaction({ signature, ...pay }), {
      name: 'TransactionExpiredBlockheightExceededError',
    })
    await rpc(chain, 'weft_warp', [{ slots: 151 }])
    await waiting
    assert.equal(await connection.getBalance(to), 0)
    const again = await signedPay(connection, wallet, to)
    await connection.confirmTransaction({ signature: await connection.sendRawTransaction(again.raw), ...again })
    assert.equal(await connection.getBalance(to), SOL)
  })

  it('drops at a rate', async () => {
    const chain = await world.chain({ faults: { dropRate: 0.6 }, random: () => 0.5 })
    const connection = world.connect(chain)
    const lost = await connection.requestAirdrop(Keypair.generate().publicKey, SOL)
    assert.equal((await connection.getSignatureStatus(lost)).value, null)
    await rpc(chain, 'weft_setFaults', [{ dropRate: 0.4 }])
    const kept = await connection.requestAirdrop(Keypair.generate().publicKey, SOL)
    assert.notEqual((await connection.getSignatureStatus(kept)).value, null)
  })

  it('lets a blockhash live for 150 blocks and not one longer', async () => {
    const chain = await world.chain({ slotMs: 60_000 })
    const connection = world.connect(chain)
    const wallet = await fundedWallet(connection)
    const to = Keypair.generate().publicKey
    const [first, second] = [
      await signedPay(connection, wallet, to, 1_000_000),
      await signedPay(connection, wallet, to, 2_000_000),
    ]
    await rpc(chain, 'weft_warp', [{ slots: 150 }])
    await connection.sendRawTransaction(first.raw)
    await rpc(chain, 'weft_warp', [{ slots: 1 }])
    await assert.rejects(connection.sendRawTransaction(second.raw), /Blockhash not found/)
    assert.equal(await connection.getBalance(to, 'processed'), 1_000_000)
  })

  it('expires all blockhashes at once, and a restart does not revive them', async () => {
    const stateDir = await world.folder()
    const chain = await world.chain({ stateDir })
    const connection = world.connect(chain)
    const wallet = await fundedWallet(connection)
    const pay = await signedPay(connection, wallet, Keypair.generate().publicKey)
    await rpc(chain, 'weft_setFaults', [{ expireBlockhashes: true }])
    await assert.rejects(connection.sendRawTransaction(pay.raw), /Blockhash not found/)
    await chain.stop()
    const again = world.connect(await world.chain({ stateDir }))
    await assert.rejects(again.sendRawTransaction(pay.raw), /Blockhash not found/)
  })

  it('rolls back: accounts, history and blockhashes of the undone slots are gone, subscribers hear it', async () => {
    const stateDir = await world.folder()
    const chain = await world.chain({ stateDir, slotMs: 60_000, faults: { finalizeSlots: 1_000 } })
    const connection = world.connect(chain)
    const wallet = await fundedWallet(connection)
    const to = Keypair.generate().publicKey
    await rpc(chain, 'weft_warp', [{ slots: 2 }])
    const before = await connection.getSlot()
    const early = await signedPay(connection, wallet, to, SOL)
    await connection.sendRawTransaction(early.raw)
    await rpc(chain, 'weft_warp', [{ slots: 1 }])
    const heard: number[] = []
    const told = new Promise<void>((resolve) => {
      connection.onAccountChange(to, ({ lamports }) => {
        heard.push(lamports)
        if (heard.length === 2) resolve()
      })
    })
    await slotsListenerUp(connection, chain)
    const late = await signedPay(connection, wallet, to, 2 * SOL)
    const signature = await connection.sendRawTransaction(late.raw)
    await rpc(chain, 'weft_warp', [{ slots: 1 }])
    const doomed = await signedPay(connection, wallet, to, 3 * SOL)
    const answer = await rpc(chain, 'weft_setFaults', [{ rollBackTo: before }])
    await told
    assert.deepEqual(heard, [3 * SOL, SOL])
    assert.equal(Object(answer['result']).rolledBackTo >= before, true)
    assert.equal(await connection.getBalance(to), SOL)
    assert.equal((await connection.getSignatureStatus(signature)).value, null)
    await assert.rejects(connection.sendRawTransaction(doomed.raw), /Blockhash not found/)
    await chain.stop()
    const restarted = await world.chain({ stateDir })
    const again = world.connect(restarted)
    assert.equal(await again.getBalance(to), SOL)
    assert.equal((await again.getSignatureStatus(signature)).value, null)
    assert.equal((await again.getSignaturesForAddress(to)).length, 1)
    assert.equal(restarted.replayed.different, 0)
  })

  it('does not undo what is final', async () => {
    const chain = await world.chain({ slotMs: 60_000, faults: { finalizeSlots: 4 } })
    await rpc(chain, 'weft_warp', [{ slots: 10 }])
    const answer = await rpc(chain, 'weft_setFaults', [
      { rollBackTo: (await world.connect(chain).getSlot('finalized')) - 1 },
    ])
    assert.match(Object(answer['error']).message, /slot \d+ is final/)
  })

  it('stalls: accepts nothing and passes no slot until resumed; reading goes on', async () => {
    const chain = await world.chain()
    const connection = world.connect(chain)
    const wallet = await fundedWallet(connection)
    await rpc(chain, 'weft_setFaults', [{ stall: true }])
    const pay = await signedPay(connection, wallet, Keypair.generate().publicKey)
    const slot = await connection.getSlot('processed')
    await assert.rejects(connection.sendRawTransaction(pay.raw), /Node is unhealthy/)
    await assert.rejects(connection.requestAirdrop(wallet.publicKey, SOL), /stalled/)
    assert.equal(Object((await rpc(chain, 'getHealth'))['error']).code, -32005)
    assert.equal(await connection.getSlot('processed'), slot)
    await rpc(chain, 'weft_setFaults', [{ stall: false }])
    await slots(connection, 1)
    await connection.confirmTransaction({ signature: await connection.sendRawTransaction(pay.raw), ...pay })
  })

  it('passes slots and seconds at once for programs that wait', async () => {
    const chain = await world.chain()
    const connection = world.connect(chain)
    const before = await rpc(chain, 'weft_warp', [{ slots: 1 }])
    const after = await rpc(chain, 'weft_warp', [{ slots: 500, seconds: 86_400 }])
    const [from, to] = [Object(before['result']), Object(after['result'])]
    assert.ok(to.slot - from.slot >= 500)
    assert.ok(to.unixSeconds - from.unixSeconds >= 86_400)
    assert.ok((await connection.getBlockTime(to.slot)) === to.unixSeconds)
  })

  async function slotsListenerUp(connection: Connection, chain: { rpcUrl: string }): Promise<void> {
    const heard = new Promise<void>((resolve) => void connection.onSlotChange(() => resolve()))
    let up = false
    void heard.then(() => {
      up = true
    })
    while (!up) {
      await rpc(chain, 'weft_warp', [{ slots: 1 }])
      await rpc(chain, 'getHealth')
    }
  }
})
