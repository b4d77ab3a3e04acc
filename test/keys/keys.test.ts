import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keypair } from '@solana/web3.js'
import nacl from 'tweetnacl'
import { createWallet, loadOrCreatePeerKey, loadWallet } from '#node/adapters/keys/files.ts'
import { verifySignature } from '#protocol/wire/keys.ts'

describe('key files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-keys-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('makes a wallet that Solana reads as the same address', async () => {
    const path = join(folder, 'deep', 'wallet.json')
    const wallet = await createWallet(path)
    const secret = Uint8Array.from(JSON.parse(await readFile(path, 'utf8')) as number[])
    assert.equal(Keypair.fromSecretKey(secret).publicKey.toBase58(), wallet.key)
    assert.equal((await loadWallet(path)).key, wallet.key)
  })

  it("reads Solana's own file, and signs what tweetnacl verifies", async () => {
    const theirs = Keypair.generate()
    const path = join(folder, 'id.json')
    await writeFile(path, JSON.stringify([...theirs.secretKey]))
    const { key, signer } = await loadWallet(path)
    const message = new TextEncoder().encode('hello')
    assert.equal(key, theirs.publicKey.toBase58())
    assert.ok(nacl.sign.detached.verify(message, signer.sign(message), theirs.publicKey.toBytes()))
    assert.ok(verifySignature(key, message, nacl.sign.detached(message, theirs.secretKey)))
  })

  it('keeps files to their owner', async () => {
    const home = join(folder, 'home')
    await loadOrCreatePeerKey(home)
    await createWallet(join(home, 'wallet.json'))
    assert.equal((await stat(home)).mode & 0o777, 0o700)
    assert.equal((await stat(join(home, 'peer.key'))).mode & 0o777, 0o600)
    assert.equal((await stat(join(home, 'wallet.json'))).mode & 0o777, 0o600)
  })

  it('closes a peer key that others could read', async () => {
    await loadOrCreatePeerKey(folder)
    await chmod(join(folder, 'peer.key'), 0o644)
    await loadOrCreatePeerKey(folder)
    assert.equal((await stat(join(folder, 'peer.key'))).mode & 0o777, 0o600)
  })

  it('keeps the peer key over restarts, and gives one key to starts at the same time', async () => {
    const pairs = await Promise.all(Array.from({ length: 8 }, () => loadOrCreatePeerKey(folder)))
    const again = await loadOrCreatePeerKey(folder)
    assert.deepEqual(new Set(pairs.map((pair) => pair.key)), new Set([again.key]))
    assert.deepEqual(await readdir(folder), ['peer.key'])
  })

  it('never overwrites a key', async () => {
    const path = join(folder, 'wallet.json')
    const { key } = await createWallet(path)
    await assert.rejects(createWallet(path), { code: 'KEY_EXISTS', message: /exists already/ })
    assert.equal((await loadWallet(path)).key, key)
  })

  it('says why a file is no key, and never what is in it', async () => {
    const secret = [...Keypair.generate().secretKey]
    const mixed = [...secret.slice(0, 32), ...Keypair.generate().secretKey.slice(32)]
    const cases: [string, RegExp][] = [
      ['', /not a JSON array/],
      [`${JSON.stringify(secret)} trailing`, /not a JSON array/],
      ['{"secret":1}', /not a JSON array/],
      [JSON.stringify(secret.slice(1)), /63 numbers instead of 64/],
      [JSON.stringify([...secret.slice(1), 256]), /from 0 to 255/],
      [JSON.stringify([...secret.slice(1), 'x']), /from 0 to 255/],
      [JSON.stringify(mixed), /does not belong/],
      [' '.repeat(20_000), /too long/],
    ]
    const path = join(folder, 'bad.json')
    for (const [text, why] of cases) {
      await writeFile(path, text)
      await assert.rejects(loadWallet(path), (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error)
        assert.equal(error.code, 'KEY_UNREADABLE')
        assert.match(error.message, why)
        assert.ok(!error.message.includes(secret.slice(0, 4).join(',')))
        return true
      })
    }
    await assert.rejects(loadWallet(join(folder, 'missing.json')), {
      code: 'KEY_UNREADABLE',
      message: /does not exist/,
    })
    await assert.rejects(loadWallet(folder), { code: 'KEY_UNREADABLE' })
  })

  it('does not replace a damaged peer key', async () => {
    await writeFile(join(folder, 'peer.key'), 'damaged')
    await assert.rejects(loadOrCreatePeerKey(folder), { code: 'KEY_UNREADABLE' })
    assert.equal(await readFile(join(folder, 'peer.key'), 'utf8'), 'damaged')
  })
})
