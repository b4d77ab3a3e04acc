/** Attackers that speak in others' names, or about what is not theirs. */
import { ACCEPT, CANCEL, COMMITMENT } from '#protocol/account/inputs.ts'
import type { Frame } from '#protocol/messages/frame.ts'
import { blobCid, encode } from '#protocol/wire/canonical.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import { DOMAIN } from '../world/ledger.ts'
import type { Chance } from '../world/random.ts'
import type { Behaviour } from '../world/watched-core.ts'
import type { AttackerParts } from './attacker-parts.ts'
import { anyOf, noFrame, Overheard, paced, toEach, victimOf } from './overheard.ts'

/** 640 forged statements a second at one peer, for four seconds: each costs a verification if it is looked at. */
const FORGERIES = 64
const FORGE_EVERY_MS = 100
const FORGE_TIMES = 40
/** Genuine statements of which everybody gets a copy with another signature. */
const COPIES_MAX = 128
const JUNK_BYTES = 32_768

/**
 * Floods one peer after another with statements in the names of witnesses and wallets whose signatures it makes up,
 * and with frames that are none; and sends everybody what it hears once more, under a signature that is wrong: if that
 * copy were remembered by its id, the genuine one would be taken for it.
 */
export function counterfeiter({ others, chance }: AttackerParts): Behaviour {
  const overheard = new Overheard(DOMAIN)
  const due = paced({ everyMs: FORGE_EVERY_MS, times: FORGE_TIMES })
  let copies = COPIES_MAX

  function statement(): Uint8Array {
    const [job, account] = anyOf(chance, overheard.jobs, ['', ''])
    const seat = { account, job, fence: chance.int(1, 40) }
    const peer = anyOf(chance, others(), '')
    const kind = chance.pick([ACCEPT, COMMITMENT, CANCEL])
    if (kind === CANCEL) return unsigned({ kind, signer: account, body: encode({ account, job }) }, chance)
    const body = kind === ACCEPT ? encode(seat) : encode({ ...seat, hash: '0'.repeat(64) })
    return unsigned({ kind, signer: peer, body }, chance)
  }

  /** Copies of what was heard since the last time. */
  function heard(): Frame[] {
    const inputs = overheard.takeInputs().slice(0, copies)
    copies -= inputs.length
    return inputs.length === 0 ? [] : [{ type: 'inputs', inputs: inputs.map((input) => unsigned(input, chance)) }]
  }

  return {
    name: 'counterfeiter',
    hear: (event) => overheard.hear(event),
    say: (effects, now) => {
      const said = [...effects, ...heard().flatMap((frame) => toEach(others(), frame))]
      if (overheard.jobs.size === 0 || !due(now)) return said
      const inputs = Array.from({ length: FORGERIES }, statement)
      const frames: Frame[] = [{ type: 'inputs', inputs }, noFrame(new Uint8Array(JUNK_BYTES).fill(chance.int(0, 255)))]
      return [...said, ...frames.flatMap((frame) => toEach(victimOf(others(), now), frame))]
    },
  }
}

/** The statement under a signature that nobody made. */
function unsigned({ kind, signer, body }: Pick<Envelope, 'kind' | 'signer' | 'body'>, chance: Chance): Uint8Array {
  return encode([kind, signer, body, chance.bytes(64)])
}

const TALK_EVERY_MS = 200
const TALK_TIMES = 60

/**
 * Talks of jobs and accounts that it has nothing to do with: what their programs print, receipts with a byte changed,
 * refusals of jobs, leases that are confirmed, heads without a certificate.
 */
export function impostor({ others, chance }: AttackerParts): Behaviour {
  const overheard = new Overheard(DOMAIN)
  const due = paced({ everyMs: TALK_EVERY_MS, times: TALK_TIMES })
  return {
    name: 'impostor',
    hear: (event) => overheard.hear(event),
    say: (effects, now) => {
      const jobs = [...overheard.jobs]
      if (jobs.length === 0 || !due(now)) return effects
      const [job, account] = chance.pick(jobs)
      const receipt = changed(anyOf(chance, overheard.receipts, utf8('no receipt')), chance)
      const talk: Frame[] = [...claims(job, account), { type: 'receipt', receipt }]
      return [...effects, ...talk.flatMap((frame) => toEach(others(), frame))]
    },
  }
}

function claims(job: string, account: WalletKey): Frame[] {
  return [
    { type: 'output', job, stream: 'stdout', at: 0, chunk: utf8('all is well') },
    { type: 'rejected', id: job, code: 'CREDITS_SHORT' },
    { type: 'renewed', leases: [[job, 1]], token: 1 },
    { type: 'unknown', job: blobCid(utf8(job)) },
    { type: 'head', account, certificate: new Uint8Array(), nextSeq: 1_000_000, funds: 0 },
  ]
}

function changed(raw: Uint8Array, chance: Chance): Uint8Array {
  const copy = Uint8Array.from(raw)
  const index = chance.int(0, copy.length - 1)
  copy[index] = (copy[index] ?? 0) ^ (1 << chance.int(0, 7))
  return copy
}
