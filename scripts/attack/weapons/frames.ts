/** Attacks with frames that are too large, too many, unasked for, or ask for too much. */
import { randomBytes } from 'node:crypto'
import { sealResult } from '#protocol/account/inputs.ts'
import { sealContribution } from '#protocol/agreement/contribution.ts'
import { limits } from '#protocol/limits.ts'
import type { Frame } from '#protocol/messages/frame.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { FORGERY } from '../honest-load.ts'
import type { Briefing } from '../orders.ts'
import { Client, clientParts } from './client.ts'
import type { Weapon } from './weapon.ts'

const MiB = 1_024 * 1_024
/** What a frame has beside its fattest member. */
const FRAME_REST_BYTES = 64 * 1_024
/** CBOR's head of an array with a 32-bit length (RFC 8949, section 3). */
const ARRAY_HEAD = 0x9a
const QUESTIONS_PER_SECOND = 2_000
const BODIES_PER_SECOND = 4
const OUTPUT_PER_SECOND = 10
/** The newest honest jobs: some of them are open, and followed. */
const OUTPUT_JOBS = 32
/** Frames with wants that leave at once, as often as this. */
const WANT_BURST = 4
const WANT_BURSTS_PER_SECOND = 0.5
/** What was asked for last may take so long to come. */
const ANSWER_MS = 10_000
/** What may come back for wants: four times the blob a second. */
const WANTED_BACK_PER_SECOND = 16 * MiB

/** Row 3, from who is no witness: contributions as large as a frame can be. */
export async function fatContributions(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  const fat = randomBytes(limits.frameBytes - FRAME_REST_BYTES)
  let turn = 0
  const fire = (): void => {
    const account = briefing.victims[turn++ % briefing.victims.length] ?? ''
    const position = { account, epoch: 1, height: turn }
    const statement = { ...position, previous: '', clockMs: Date.now(), funds: null, ledgerEpoch: 1 }
    const contribution = sealContribution(
      { ...statement, inputs: [blobCid(randomBytes(32))], overdue: [] },
      client.domain,
      client.signer,
    )
    const message = { type: 'contribute' as const, ...position, contribution: contribution.envelope.raw }
    client.send({ type: 'agreement', message: { ...message, bodies: [fat] } })
  }
  return { volleys: [{ perSecond: 0.5, fire }], ...clientParts(client) }
}

/** Row 4: frames that are no message at all, of canonical CBOR that is as costly to decode as its size allows. */
export async function junk(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  const bytes = new Uint8Array(limits.frameBytes)
  bytes[0] = ARRAY_HEAD
  new DataView(bytes.buffer).setUint32(1, bytes.length - 5)
  return { volleys: [{ perSecond: 0.5, fire: () => client.send(bytes) }], ...clientParts(client) }
}

/** Row 4: questions, each of them small and valid, as fast as frames were ever allowed to come. */
export async function questions(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  const [victim = ''] = briefing.victims
  let job = blobCid(utf8('unknown'))
  let turn = 0
  const asked: readonly (() => Frame)[] = [
    () => ({ type: 'query', job }),
    () => ({ type: 'account', account: victim }),
    () => ({ type: 'fetch-state', account: victim, epoch: 1 }),
    () => ({ type: 'fetch-entry', account: victim, height: 1 + (turn % 64) }),
  ]
  const fire = (): void => {
    const frame = asked[turn++ % asked.length]?.()
    if (frame !== undefined) client.send(frame)
  }
  const volleys = [{ perSecond: QUESTIONS_PER_SECOND, fire }]
  return { volleys, ...clientParts(client), job: (id) => (job = id) }
}

/** Row 5: results of jobs in which the signer has no seat, each with a new body of 1 MiB. */
export async function bodies(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  let turn = 0
  const fire = (): void => {
    const account = briefing.victims[turn++ % briefing.victims.length] ?? ''
    const body = randomBytes(limits.comparableOutputBytes)
    const seat = { account, job: blobCid(randomBytes(32)), fence: 1 }
    const result = { status: 'done' as const, code: '' as const, digest: toHex(sha256(body)), nonce: randomBytes(32) }
    const envelope = sealResult(
      { ...seat, ...result, output: '', logs: '', meterMs: 1, body },
      client.domain,
      client.signer,
    )
    client.send({ type: 'inputs', inputs: [envelope.raw] })
  }
  return { volleys: [{ perSecond: BODIES_PER_SECOND, fire }], ...clientParts(client) }
}

/** Row 5: asks one daemon for one blob many times over. */
export async function wants(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  const { cid, at } = briefing.blob
  const frame: Frame = { type: 'want', cids: Array.from({ length: limits.jobInputFiles }, () => cid) }
  const fire = (): void => {
    for (let i = 0; i < WANT_BURST; i++) client.send(frame, [at])
  }
  const harms = async () => {
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS))
    const allowed = Math.round((briefing.seconds * WANTED_BACK_PER_SECOND) / MiB)
    return [{ what: 'MiB that came back', count: Math.round(client.tally().backBytes / MiB), allowed }]
  }
  return { volleys: [{ perSecond: WANT_BURSTS_PER_SECOND, fire }], ...clientParts(client), harms }
}

/** Row 6: output in the name of replicas of open jobs, to the poster that follows them and to the daemons. */
export async function output(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing, { withPoster: true })
  const targets = [briefing.poster.peer, ...client.daemons]
  const jobs: string[] = []
  const fire = (): void => {
    for (const job of jobs) client.send({ type: 'output', job, stream: 'stdout', at: 0, chunk: utf8(FORGERY) }, targets)
  }
  const job = (id: string): void => {
    jobs.push(id)
    if (jobs.length > OUTPUT_JOBS) jobs.shift()
  }
  return { volleys: [{ perSecond: OUTPUT_PER_SECOND, fire }], ...clientParts(client), job }
}
