/** Attacks with signed statements: useless ones, unfunded ones, and forged ones. */
import { randomBytes } from 'node:crypto'
import { ACCEPT, sealAccept, sealJob } from '#protocol/account/inputs.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { blobCid, encode } from '#protocol/wire/canonical.ts'
import { type Signer, signerFromSeed } from '#protocol/wire/keys.ts'
import type { Briefing } from '../orders.ts'
import { Client, clientParts } from './client.ts'
import type { Volley, Weapon } from './weapon.ts'

/** Statements in one frame of the attack with accepts. */
const ACCEPTS_A_FRAME = 32
const ACCEPTS_PER_SECOND = 256
/** Accepts that are signed in advance for one account: a table that forgets for longer than this is full before. */
const ACCEPTS_MAX = 4_096
const UNFUNDED_PER_SECOND = 100
/** Unfunded keys that are asked for at the end, and how long their witnesses may take to answer. */
const ASKED = 200
const ANSWER_MS = 2_000
const FORGED_A_FRAME = 256
const FORGED_FRAMES_PER_SECOND = 75
const FORGED_POOL = 64 * FORGED_A_FRAME
/** Above any height: a fence to come. */
const FENCE_TO_COME = 2 ** 40

/** Row 1: accepts of jobs that nobody knows, validly signed: by strangers' keys, or by the member's own. */
export async function accepts(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  const signers = briefing.role === 'stranger' ? Array.from({ length: 16 }, newSigner) : [client.signer]
  const count = Math.min(ACCEPTS_MAX, ACCEPTS_PER_SECOND * briefing.seconds)
  const volleys = briefing.victims.map((account): Volley => {
    const raws = Array.from({ length: count }, (_, i) => {
      const seat = { account, job: blobCid(randomBytes(32)), fence: i % 2 === 0 ? 1 : FENCE_TO_COME }
      return sealAccept(seat, client.domain, signers[i % signers.length] ?? client.signer).raw
    })
    let next = 0
    const fire = (): void => {
      const inputs = Array.from({ length: ACCEPTS_A_FRAME }, () => raws[next++ % raws.length] ?? new Uint8Array())
      client.send({ type: 'inputs', inputs })
    }
    return { perSecond: ACCEPTS_PER_SECOND / ACCEPTS_A_FRAME, fire }
  })
  return { volleys, ...clientParts(client) }
}

/** Row 2: one job of each of many keys that have no funds. Nothing may be certified for such a key. */
export async function unfundedJobs(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  const wallets: string[] = []
  const raws = Array.from({ length: UNFUNDED_PER_SECOND * briefing.seconds }, () => {
    const wallet = newSigner()
    wallets.push(wallet.key)
    return sealJob(unfundedJob(wallet, briefing), client.domain, wallet).raw
  })
  let next = 0
  const fire = (): void => client.send({ type: 'inputs', inputs: [raws[next++ % raws.length] ?? new Uint8Array()] })
  const harms = async () => {
    const certified = new Set<string>()
    client.listeners.add((_from, frame) => {
      if (frame.type === 'head' && frame.certificate.length > 0) certified.add(frame.account)
    })
    const asked = wallets.slice(0, Math.min(next, wallets.length)).slice(-ASKED)
    for (const account of asked) client.send({ type: 'account', account })
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS))
    const count = asked.filter((wallet) => certified.has(wallet)).length
    return [{ what: `certified logs of ${asked.length} unfunded keys`, count, allowed: 0 }]
  }
  return { volleys: [{ perSecond: UNFUNDED_PER_SECOND, fire }], ...clientParts(client), harms }
}

/** Row 4: statements in the names of members that did not sign them; no two frames are the same bytes. */
export async function forgeries(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  const pool = Array.from({ length: FORGED_POOL }, (_, i) => {
    const account = briefing.victims[i % briefing.victims.length] ?? ''
    const body = encode({ account, job: blobCid(randomBytes(32)), fence: 1 })
    return encode([ACCEPT, client.daemons[i % client.daemons.length] ?? '', body, randomBytes(64)])
  })
  let next = 0
  const fire = (): void => {
    const inputs = Array.from({ length: FORGED_A_FRAME }, () => {
      const raw = pool[next++ % pool.length] ?? new Uint8Array()
      // The end of the signature: forged anew each time round.
      raw[raw.length - 1] = Math.floor(next / pool.length) & 0xff
      return raw
    })
    client.send({ type: 'inputs', inputs })
  }
  return { volleys: [{ perSecond: FORGED_FRAMES_PER_SECOND, fire }], ...clientParts(client) }
}

function newSigner(): Signer {
  return signerFromSeed(randomBytes(32))
}

function unfundedJob({ key }: Signer, { networkId, seconds }: Briefing): JobSpec {
  const nowMs = Date.now()
  return {
    version: 1,
    name: 'unfunded',
    network: networkId,
    account: key,
    seq: 1,
    authorised: 1n << 50n,
    createdMs: nowMs,
    deadlineMs: nowMs + 600_000 + seconds * 10_000,
    engine: { type: 'noop', params: {} },
    inputs: [],
    requirements: { timeMs: 1_000, memoryBytes: 2 ** 20, regions: [], gpuMemoryBytes: 0, models: [] },
    replicas: 3,
    comparator: { type: 'exact' },
    priceMax: 10_000n,
    policy: 'balanced',
  }
}
