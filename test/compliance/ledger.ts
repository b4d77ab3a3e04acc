/** What every {@link Ledger} must do; run on the roster, and on Solana. */
import assert from 'node:assert/strict'
import type { Ledger, LedgerEvents } from '#node/ports/ledger.ts'
import { encode } from '#protocol/wire/canonical.ts'
import { type Header, networkDomain, RULES_VERSION } from '#protocol/wire/header.ts'
import { isKey, signerFromSeed, type WalletKey } from '#protocol/wire/keys.ts'

/** A ledger that is not started, knows its registry, and covers `funded`. */
export interface LedgerHarness {
  readonly ledger: Ledger
  readonly funded: WalletKey
  dispose(): Promise<void>
}

const stranger = signerFromSeed(new Uint8Array(32).fill(99)).key
const deaf: LedgerEvents = { changed() {}, send() {} }

/** Declares the suite for one implementation. */
export function ledgerCompliance(name: string, make: () => Promise<LedgerHarness>): void {
  describe(`Ledger compliance: ${name}`, () => {
    let harness: LedgerHarness
    let ledger: Ledger
    beforeEach(async () => {
      harness = await make()
      ledger = harness.ledger
      await ledger.start(deaf)
    })
    afterEach(async () => {
      await ledger.stop()
      await harness.dispose()
    })

    const header = (): Header => ({
      domain: networkDomain(ledger.networkId, ledger.programId),
      account: harness.funded,
      stateRoot: new Uint8Array(32),
      epoch: ledger.registry()?.epoch ?? 0,
      height: 1,
      timeMs: 1,
      spent: 0n,
      reserved: 0n,
      lastSeq: 0,
      rulesVersion: RULES_VERSION,
      sealed: false,
    })

    it('names its kind, its network and its program', () => {
      assert.ok(['roster', 'solana'].includes(ledger.kind))
      assert.ok(ledger.networkId.startsWith(`${ledger.kind}:`))
      assert.equal(ledger.programId.length, 32)
    })

    it('has a registry whose members are keys, once each, and whose slots are members', () => {
      const view = ledger.registry()
      assert.ok(view)
      const peers = view.members.map((member) => member.peer)
      assert.equal(new Set(peers).size, peers.length)
      assert.ok(view.members.every((member) => isKey(member.peer) && isKey(member.owner)))
      assert.ok(view.slots.every((peer) => peer === undefined || peers.includes(peer)))
      assert.equal(view.beacon.length, 32)
    })

    it('finds the newest view by its epoch, and none for an epoch that never was', () => {
      const view = ledger.registry()
      assert.ok(view)
      assert.deepEqual(ledger.registryAt(view.epoch), view)
      assert.equal(ledger.registryAt(view.epoch + 1_000_000), undefined)
    })

    it('covers a funded account, and says when it knew so', () => {
      const funds = ledger.funds(harness.funded)
      assert.ok(funds && funds.total > 0n && Number.isSafeInteger(funds.asOfMs))
    })

    it('gives a stranger nothing', () => {
      assert.equal(ledger.funds(stranger)?.total ?? 0n, 0n)
    })

    it('takes a header any number of times without harm', () => {
      const before = ledger.funds(harness.funded)?.total
      for (let i = 0; i < 3; i++) ledger.offerHeader(header(), new Map(), new Map(), new Uint8Array(32))
      assert.equal(ledger.funds(harness.funded)?.total, before)
    })

    it('ignores a header of another network', () => {
      const totals = new Map([[stranger, 5n]])
      const foreign = { ...header(), domain: new Uint8Array(32), spent: 5n }
      ledger.offerHeader(foreign, totals, new Map(), new Uint8Array(32))
      assert.equal(ledger.funds(stranger)?.total ?? 0n, 0n)
    })

    it('survives messages that mean nothing', () => {
      const before = ledger.registry()
      for (const message of [
        new Uint8Array(0),
        new Uint8Array(100_000),
        encode(['roster', 1, 2, 3]),
        encode({ a: 1 }),
      ]) {
        ledger.receive(stranger, message)
      }
      assert.deepEqual(ledger.registry(), before)
    })

    it('starts and stops twice without harm', async () => {
      await ledger.start(deaf)
      await ledger.stop()
      await ledger.stop()
      ledger.receive(stranger, new Uint8Array(3))
      ledger.offerHeader(header(), new Map(), new Map(), new Uint8Array(32))
    })
  })
}
