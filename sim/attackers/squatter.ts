/** An attacker on the room of others: valid statements that no log will ever serve. */
import { sealAccept, sealCommitment, sealResult } from '#protocol/account/inputs.ts'
import { decodeFrame } from '#protocol/messages/frame.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { sha256, toHex } from '#protocol/wire/hash.ts'
import { type Signer, signerFromSeed, type WalletKey } from '#protocol/wire/keys.ts'
import { DOMAIN } from '../world/ledger.ts'
import type { Behaviour } from '../world/watched-core.ts'
import type { AttackerParts } from './attacker-parts.ts'
import { anyOf, Overheard, paced, toEach } from './overheard.ts'
import { censor } from './witnesses.ts'

/** 256 statements a second, three times as many as fill the room of an account, signed once each. */
const STATEMENTS = 64
const EVERY_MS = 250
const TIMES = 24
/** Keys that it makes up. */
const MADE_UP = 8
/** How far ahead of the log its fences are at most. */
const FENCES_AHEAD = 1_000

/**
 * Fills the room where inputs wait with accepts, commitments and results under its own key and under keys that it
 * makes up: for jobs that nobody posted, and for seats that the log of somebody else's account has not given out. As a
 * witness it hears and names no inputs, or what the others have no room for would be served through it.
 */
export function squatter({ signer, others, chance }: AttackerParts): Behaviour {
  const overheard = new Overheard(DOMAIN)
  const due = paced({ everyMs: EVERY_MS, times: TIMES })
  const censored = censor(signer, DOMAIN)
  const signers = [signer, ...Array.from({ length: MADE_UP }, () => signerFromSeed(chance.bytes(32)))]

  /** All of it goes to one account: the first that it hears of. */
  let account: WalletKey = ''

  /** A validly signed statement that no seat stands behind. */
  function statement(): Uint8Array {
    const own = [...overheard.jobs].filter(([, of]) => of === account).map(([job]) => job)
    const unknown = blobCid(chance.bytes(16))
    const job = chance.ppm(500_000) ? unknown : anyOf(chance, own, unknown)
    const fence = (overheard.heights.get(account)?.height ?? 0) + chance.int(1, FENCES_AHEAD)
    return junkStatement({ account, job, fence }, { by: chance.pick([signer, ...signers]), kind: chance.int(0, 2) })
  }

  return {
    name: 'squatter',
    hear: (event) => {
      overheard.hear(event)
      const isInputs = event.type === 'message' && decodeFrame(event.bytes)?.type === 'inputs'
      return isInputs ? undefined : event
    },
    say: (effects, now) => {
      if (account === '') account = anyOf(chance, overheard.jobs.values(), '')
      const said = censored.say?.(effects, now) ?? effects
      if (account === '' || !due(now)) return said
      const inputs = Array.from({ length: STATEMENTS }, statement)
      return [...said, ...toEach(others(), { type: 'inputs', inputs })]
    },
  }
}

/** What a junk statement is; `body`: what a result carries, or only names. */
interface JunkOptions {
  readonly by: Signer
  readonly kind: number
  readonly body?: Uint8Array
  readonly isCarried?: boolean
}

/** An accept, a commitment or a result (kinds 0 to 2) about `seat`, validly signed. */
export function junkStatement(
  seat: { account: WalletKey; job: string; fence: number },
  { by, kind, body = new Uint8Array(8), isCarried = true }: JunkOptions,
): Uint8Array {
  if (kind === 0) return sealAccept(seat, DOMAIN, by).raw
  const digest = toHex(sha256(body))
  if (kind === 1) return sealCommitment({ ...seat, hash: digest }, DOMAIN, by).raw
  const ending = { status: 'done' as const, code: '' as const, meterMs: 1, nonce: new Uint8Array(32) }
  const result = { ...seat, ...ending, digest, output: blobCid(body), logs: '' }
  return sealResult({ ...result, body: isCarried ? body : new Uint8Array() }, DOMAIN, by).raw
}
