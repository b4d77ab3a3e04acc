/** Attackers on answers and on what is stored: questions at a rate, and content that nobody asked for. */
import type { Frame } from '#protocol/messages/frame.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { DOMAIN } from '../world/ledger.ts'
import type { Behaviour } from '../world/watched-core.ts'
import type { AttackerParts } from './attacker-parts.ts'
import { anyOf, Overheard, paced, toEach, victimOf } from './overheard.ts'
import { junkStatement } from './squatter.ts'

/** 3,200 questions a second, for two and a half seconds. */
const QUESTIONS = 320
const ASK_EVERY_MS = 100
const ASK_TIMES = 25

/** Asks one witness for heads, receipts, states and entries, faster than anybody needs them. */
export function asker({ chance }: AttackerParts): Behaviour {
  const overheard = new Overheard(DOMAIN)
  const due = paced({ everyMs: ASK_EVERY_MS, times: ASK_TIMES })

  let victim: PeerKey | undefined

  function question(): Frame {
    const account = anyOf(chance, overheard.jobs.values(), '')
    const kind = chance.int(0, 15)
    if (kind === 0) return { type: 'query', job: anyOf(chance, overheard.jobs.keys(), blobCid(chance.bytes(8))) }
    if (kind === 1) return { type: 'fetch-state', account, epoch: 1 }
    if (kind === 2) return { type: 'fetch-entry', account, height: chance.int(1, 32) }
    return { type: 'account', account }
  }

  return {
    name: 'asker',
    hear: (event) => overheard.hear(event),
    say: (effects, now) => {
      victim ??= overheard.witness
      if (victim === undefined || overheard.jobs.size === 0 || !due(now)) return effects
      const to = [victim]
      const questions = Array.from({ length: QUESTIONS }, question)
      return [...effects, ...questions.flatMap((frame) => toEach(to, frame))]
    },
  }
}

const LITTER_EVERY_MS = 200
const LITTER_TIMES = 40
const BLOB_BYTES = 4_096
const CARRIED_BYTES = 1_000
/** As often as one question may name a blob. */
const REPEATED = 64
const WANTS = 4

/**
 * Brings content that nobody asked for, as blobs and in results of jobs that it has no seat in, and asks for one blob
 * as often as a question can name one.
 */
export function litterer({ signer, others, chance }: AttackerParts): Behaviour {
  const overheard = new Overheard(DOMAIN)
  const due = paced({ everyMs: LITTER_EVERY_MS, times: LITTER_TIMES })

  /** A result whose output others would have to keep, or to fetch. */
  function carrier(isCarried: boolean): Uint8Array {
    const [job, account] = anyOf(chance, overheard.jobs, ['', ''])
    const seat = { account, job: chance.ppm(500_000) ? job : blobCid(chance.bytes(8)), fence: chance.int(1, 40) }
    return junkStatement(seat, { by: signer, kind: 2, body: chance.bytes(CARRIED_BYTES), isCarried })
  }

  return {
    name: 'litterer',
    hear: (event) => overheard.hear(event),
    say: (effects, now) => {
      if (overheard.jobs.size === 0 || !due(now)) return effects
      const litter: Frame[] = [
        { type: 'blob', bytes: new Uint8Array(BLOB_BYTES).fill(chance.int(0, 255)) },
        { type: 'inputs', inputs: [carrier(true), carrier(false)] },
      ]
      const cid = anyOf(chance, overheard.cids, '')
      const want: Frame = { type: 'want', cids: Array.from({ length: REPEATED }, () => cid) }
      const wants = cid === '' ? [] : Array.from({ length: WANTS }, () => want)
      const sent = litter.flatMap((frame) => toEach(others(), frame))
      return [...effects, ...sent, ...wants.flatMap((frame) => toEach(victimOf(others(), now), frame))]
    },
  }
}
