import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Keypair, PublicKey, SystemProgram, Transaction } from '@solana/web3.js'
import { fundedWallet, rpc, SOL, World } from './world.ts'

describe('local chain: crashes', function () {
  this.timeout(120_000) // children start slowly on a busy machine
  const world = new World()
  afterEach(() => world.end())

  async function spawnChain(
    stateDir: string,
    snapshotTransactions: number,
  ): Promise<{ rpcUrl: string; child: ChildProcess; exited: Promise<unknown> }> {
    const script = fileURLToPath(new URL('./serve.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import=tsx', script, stateDir, String(snapshotTransactions)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    world.atEnd(async () => void child.kill('SIGKILL'))
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    return { rpcUrl: String(line), child, exited }
  }

  for (const snapshotTransactions of [5_000, 7]) {
    it(`loses nothing confirmed when killed in a stream of transactions (snapshot every ${snapshotTransactions})`, async () => {
      const stateDir = await world.folder()
      const { rpcUrl, child, exited } = await spawnChain(stateDir, snapshotTransactions)
      const connection = world.connect({ rpcUrl })
      const wallet = await fundedWallet(connection, 100 * SOL)
      const acknowledged = new Map<string, number>()
      const to = Keypair.generate().publicKey
      let sent = 0
      const stream = async () => {
        for (;;) {
          const lamports = 1_000_000 + sent++
          const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash('processed')
          const pay = new Transaction({ feePayer: wallet.publicKey, blockhash, lastValidBlockHeight })
          pay.add(SystemProgram.transfer({ fromPubkey: wallet.publicKey, toPubkey: to, lamports })).sign(wallet)
          acknowledged.set(await connection.sendRawTransaction(pay.serialize()), lamports)
          if (acknowledged.size === 60) child.kill('SIGKILL')
        }
      }
      await Promise.allSettled([stream(), stream(), stream(), stream()])
      await exited
      assert.ok(acknowledged.size >= 60)
      const chain = await world.chain({ stateDir })
      assert.equal(chain.replayed.different, 0)
      const again = world.connect(chain)
      const ids = [...acknowledged.keys()]
      const statuses = (await again.getSignatureStatuses(ids)).value
      assert.deepEqual(
        statuses.filter((status) => status?.confirmationStatus !== 'finalized' || status.err !== null),
        [],
      )
      // What was executed is exactly what the account holds: no acknowledged payment lost, none done twice.
      const rows = await again.getSignaturesForAddress(to)
      const executed = await Promise.all(
        rows.map((row) => again.getTransaction(row.signature, { maxSupportedTransactionVersion: 0 })),
      )
      const paid = executed.map((row) => (row?.meta?.postBalances[1] ?? 0) - (row?.meta?.preBalances[1] ?? 0))
      assert.equal(
        await again.getBalance(to),
        paid.reduce((sum, one) => sum + one, 0),
      )
      assert.ok(paid.length >= acknowledged.size)
      assert.equal(new Set(paid).size, paid.length)
    })
  }

  it('replays to the same accounts, slot and blockhashes', async () => {
    const stateDir = await world.folder()
    const { rpcUrl, child, exited } = await spawnChain(stateDir, 5_000)
    const connection = world.connect({ rpcUrl })
    const wallet = await fundedWallet(connection)
    const { blockhash } = await connection.getLatestBlockhash('processed')
    const slot = await connection.getSlot('processed')
    const history = new PublicKey('SysvarS1otHashes111111111111111111111111111')
    const slotHashes = (await connection.getAccountInfo(history, 'processed'))?.data
    child.kill('SIGKILL')
    await exited
    const chain = await world.chain({ stateDir, slotMs: 60_000 })
    const again = world.connect(chain)
    assert.ok((await again.getSlot('processed')) >= slot)
    assert.equal((await again.isBlockhashValid(blockhash)).value, true)
    assert.equal(await again.getBalance(wallet.publicKey), 10 * SOL)
    const after = (await again.getAccountInfo(history, 'processed'))?.data
    assert.ok(slotHashes && after)
    // Entries are (slot, hash) of 40 bytes, newest first, behind a count of 8.
    const newest = slotHashes.subarray(8, 48)
    assert.ok(after.includes(newest))
  })

  it('recovers what is complete of a log with a torn end, says so, and keeps the rest', async () => {
    const stateDir = await world.folder()
    const { rpcUrl, child, exited } = await spawnChain(stateDir, 5_000)
    const wallet = await fundedWallet(world.connect({ rpcUrl }))
    child.kill('SIGKILL')
    await exited
    const segment = join(
      stateDir,
      readdirSync(stateDir)
        .filter((name) => name.endsWith('.log'))
        .sort()
        .at(-1) ?? '',
    )
    appendFileSync(segment, Buffer.from([9, 0, 0, 0, 1, 2, 3, 4, 5]))
    const chain = await world.chain({ stateDir })
    assert.equal(chain.replayed.recovery?.lostBytes, 9)
    assert.equal(readFileSync(chain.replayed.recovery?.keptIn ?? '').length, 9)
    assert.equal(await world.connect(chain).getBalance(wallet.publicKey), 10 * SOL)
  })

  it('stops before a record that is damaged in the middle', async () => {
    const stateDir = await world.folder()
    const { rpcUrl, child, exited } = await spawnChain(stateDir, 5_000)
    const connection = world.connect({ rpcUrl })
    const first = await fundedWallet(connection)
    const segment = () =>
      join(
        stateDir,
        readdirSync(stateDir)
          .filter((name) => name.endsWith('.log'))
          .sort()
          .at(-1) ?? '',
      )
    const good = readFileSync(segment()).length
    const second = await fundedWallet(connection)
    child.kill('SIGKILL')
    await exited
    const bytes = readFileSync(segment())
    bytes[good + 60] = 255 - (bytes[good + 60] ?? 0)
    for (let at = good; at < bytes.length; at += 40) bytes[at] = 255 - (bytes[at] ?? 0)
    writeFileSync(segment(), bytes)
    const chain = await world.chain({ stateDir })
    const again = world.connect(chain)
    assert.ok((chain.replayed.recovery?.lostBytes ?? 0) > 0)
    assert.deepEqual([await again.getBalance(first.publicKey), await again.getBalance(second.publicKey)], [10 * SOL, 0])
  })

  it('refuses a snapshot that it cannot read', async () => {
    const stateDir = await world.folder()
    await (await world.chain({ stateDir })).stop()
    const snapshot = join(stateDir, readdirSync(stateDir).find((name) => name.startsWith('snapshot-')) ?? '')
    truncateSync(snapshot, 20)
    await assert.rejects(world.chain({ stateDir }), { code: 'STORE_CORRUPT' })
  })

  it('refuses a folder that another process has, names it, and takes over from a dead one', async () => {
    const stateDir = await world.folder()
    const { child, exited } = await spawnChain(stateDir, 5_000)
    await assert.rejects(world.chain({ stateDir }), (error) => {
      assert.match(String(error), new RegExp(`process ${child.pid}`))
      return Object(error).code === 'STORE_LOCKED'
    })
    child.kill('SIGKILL')
    await exited
    assert.equal((await rpc(await world.chain({ stateDir }), 'getHealth'))['result'], 'ok')
  })
})
