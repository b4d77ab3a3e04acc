/** Roster ledgers that talk through a queue, on a clock that only moves when told. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRoster, joinRoster } from '#node/adapters/ledgers/roster/create.ts'
import { createRosterLedger, type RosterLedger } from '#node/adapters/ledgers/roster/ledger.ts'
import type { Clock } from '#node/ports/clock.ts'
import type { Log } from '#node/ports/log.ts'
import type { Random } from '#node/ports/random.ts'
import { type PeerKey, type Signer, signerFromSeed } from '#protocol/wire/keys.ts'

/** A log that remembers its warnings and errors. */
export interface TestLog extends Log {
  readonly messages: string[]
}

/** A clock that stands still until `advance`. */
export interface TestClock extends Clock {
  advance(ms: number): void
}

/** One peer: its keys and folder outlive its ledger. */
export interface TestPeer {
  readonly signer: Signer
  readonly key: PeerKey
  readonly wallet: Signer
  readonly dir: string
  readonly log: TestLog
  ledger: RosterLedger
  changes: number
}

export function signer(number: number): Signer {
  const seed = new Uint8Array(32)
  new DataView(seed.buffer).setUint32(0, number)
  return signerFromSeed(seed)
}

export function testClock(startMs = 1_800_000_000_000): TestClock {
  let nowMs = startMs
  let timers: { atMs: number; fire: () => void }[] = []
  return {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    after: (delayMs, fire) => {
      const timer = { atMs: nowMs + delayMs, fire }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance: (ms) => {
      nowMs += ms
      const due = timers.filter((timer) => timer.atMs <= nowMs)
      timers = timers.filter((timer) => timer.atMs > nowMs)
      for (const timer of due) timer.fire()
    },
  }
}

function testLog(): TestLog {
  const messages: string[] = []
  const keep = (_: unknown, message: string): void => void messages.push(message)
  const log: TestLog = { messages, debug() {}, info() {}, warn: keep, error: keep, child: () => log }
  return log
}

/** A founder, and as many others as a test invites. `offline` peers neither send nor receive. */
export class World {
  readonly clock = testClock()
  readonly founder = signer(1)
  readonly peers = new Map<PeerKey, TestPeer>()
  readonly offline = new Set<PeerKey>()
  /** Everything that was ever sent, for replays. */
  readonly sent: { from: PeerKey; to: PeerKey; message: Uint8Array }[] = []
  readonly #queue: { from: PeerKey; to: PeerKey; message: Uint8Array }[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'weft-roster-'))
  #nextBytes = 0
  readonly random: Random = {
    bytes: (length) => new Uint8Array(length).fill(this.#nextBytes++ % 256, 0, length),
  }

  /** The founder's peer, with a roster of its own. */
  async found(terms: { creditLine?: bigint; openCredit?: bigint } = {}): Promise<TestPeer> {
    const peer = this.#make(100)
    await createRoster({
      dir: peer.dir,
      founder: this.founder,
      members: [{ peer: peer.key, owner: peer.wallet.key, name: 'founder' }],
      creditLine: terms.creditLine ?? 1_000n,
      openCredit: terms.openCredit ?? 0n,
      clock: this.clock,
    })
    return this.#open(peer, this.founder)
  }

  /** A peer that asks to join by `token`. */
  async join(number: number, token: string, name = `peer ${number}`): Promise<TestPeer> {
    const peer = this.#make(number)
    await joinRoster({ dir: peer.dir, token, owner: peer.wallet.key, name, clock: this.clock })
    return this.#open(peer)
  }

  async restart(peer: Omit<TestPeer, 'ledger'> & { ledger: RosterLedger }): Promise<TestPeer> {
    await peer.ledger.stop()
    return this.#open(peer, peer.signer.key === signer(100).key ? this.founder : undefined)
  }

  /** Two peers connect. */
  connect(a: TestPeer, b: TestPeer): void {
    a.ledger.greet(b.key)
    b.ledger.greet(a.key)
    this.deliver()
  }

  /** Delivers until nothing is under way; fails if that never ends. */
  deliver(): void {
    for (let count = 0; this.#queue.length > 0; count++) {
      if (count > 10_000) throw new Error('the ledgers talk for ever')
      const next = this.#queue.shift()
      if (next === undefined || this.offline.has(next.from) || this.offline.has(next.to)) continue
      this.peers.get(next.to)?.ledger.receive(next.from, next.message)
    }
  }

  async dispose(): Promise<void> {
    for (const peer of this.peers.values()) await peer.ledger.stop()
    rmSync(this.#folder, { recursive: true })
  }

  #make(number: number): Omit<TestPeer, 'ledger'> {
    const peer = signer(number)
    const wallet = signer(number + 10_000)
    return { signer: peer, key: peer.key, wallet, dir: join(this.#folder, `${number}`), log: testLog(), changes: 0 }
  }

  async #open(parts: Omit<TestPeer, 'ledger'>, founder?: Signer): Promise<TestPeer> {
    const { clock, random } = this
    const ledger = await createRosterLedger({
      dir: parts.dir,
      self: parts.key,
      signer: parts.signer,
      ...(founder === undefined ? {} : { founder }),
      clock,
      random,
      log: parts.log,
    })
    const peer: TestPeer = Object.assign(parts, { ledger })
    this.peers.set(peer.key, peer)
    await ledger.start({
      changed: () => {
        peer.changes++
      },
      send: (to, message) => {
        const receivers = to === 'all' ? [...this.peers.keys()].filter((key) => key !== peer.key) : [to]
        for (const receiver of receivers) {
          const item = { from: peer.key, to: receiver, message }
          this.sent.push(item)
          this.#queue.push(item)
        }
      },
    })
    this.deliver()
    return peer
  }
}
