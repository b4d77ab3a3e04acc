/**
 * Writes the vectors that tie `protocol/` to the Solana programs: `node --import tsx test/vectors/generate.ts`.
 * Afterwards: `npx biome format --write test/vectors`. Both sides' tests
 * read them: `vectors.test.ts` here, `cargo test -p weft_core` there. Bytes are hexadecimal, amounts decimal text.
 */
import { writeFileSync } from 'node:fs'
import { jobAccountKey } from '#protocol/account/job-account.ts'
import { share as roundedShare } from '#protocol/credits/share.ts'
import { proveTotal, totalsLeaf, totalsRoot } from '#protocol/credits/totals.ts'
import { drawCommittee, drawSlot } from '#protocol/membership/committee.ts'
import { concat, sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { encodeHeader, type Header, headerDigest, networkDomain } from '#protocol/wire/header.ts'
import { decodeKey, encodeKey } from '#protocol/wire/keys.ts'
import { leafHash, merkleProof, merkleRoot, nodeHash } from '#protocol/wire/merkle.ts'

const hash = (text: string): Uint8Array => sha256(utf8(text))
const key = (text: string): string => encodeKey(hash(text))

function headers() {
  const programId = hash('program')
  const base: Header = {
    domain: networkDomain('weft-vectors', programId),
    account: key('wallet'),
    stateRoot: hash('state'),
    epoch: 3,
    height: 41,
    timeMs: 1_800_000_000_123,
    spent: 123_456_789n,
    reserved: 5n,
    lastSeq: 17,
    rulesVersion: 1,
    sealed: false,
  }
  const big = Number.MAX_SAFE_INTEGER
  const cases: Header[] = [
    base,
    { ...base, sealed: true },
    { ...base, epoch: 0, height: 0, timeMs: 0, spent: 0n, reserved: 0n, lastSeq: 0, rulesVersion: 0 },
    {
      ...base,
      epoch: big,
      height: big,
      timeMs: big,
      lastSeq: big,
      spent: 2n ** 64n - 1n,
      reserved: 2n ** 64n - 1n,
      rulesVersion: 2 ** 32 - 1,
    },
  ]
  const good = encodeHeader(base)
  const change = (at: number, value: number) => toHex(Uint8Array.from(good, (byte, i) => (i === at ? value : byte)))
  return {
    domain: { idHash: toHex(hash('weft-vectors')), programId: toHex(programId), domain: toHex(base.domain) },
    valid: cases.map((header) => ({
      bytes: toHex(encodeHeader(header)),
      digest: toHex(headerDigest(header)),
      account: toHex(decodeKey(header.account)),
      stateRoot: toHex(header.stateRoot),
      epoch: String(header.epoch),
      height: String(header.height),
      timeMs: String(header.timeMs),
      spent: String(header.spent),
      reserved: String(header.reserved),
      lastSeq: String(header.lastSeq),
      rulesVersion: header.rulesVersion,
      sealed: header.sealed,
    })),
    /** A wrong tag, unknown flags, numbers beyond 2^53, another length. */
    invalid: [
      change(0, 0),
      change(156, 2),
      change(159, 1),
      change(111, 1),
      change(119, 1),
      change(127, 0x40),
      change(151, 1),
      toHex(good.slice(1)),
      '',
    ],
  }
}

function totals() {
  return [1, 2, 3, 4, 5, 7, 8, 9, 16, 33].map((size) => {
    const map = new Map(Array.from({ length: size }, (_, i) => [key(`payee ${i}`), BigInt(i) * 1_000_003n + 1n]))
    const root = totalsRoot(map)
    const rest = nodeHash(hash('jobs root'), leafHash(utf8('weft-metmeta')))
    const claims = [...map].map(([payee, total]) => {
      const proven = proveTotal(map, payee)
      if (proven === undefined) throw new Error('every payee is in the tree')
      const { index, path } = proven.proof
      return {
        payee: toHex(decodeKey(payee)),
        total: String(total),
        leaf: toHex(leafHash(totalsLeaf(payee, total))),
        index,
        path: path.map(toHex),
      }
    })
    claims.sort((a, b) => a.index - b.index)
    return { size, root: toHex(root), rest: toHex(rest), stateRoot: toHex(nodeHash(root, rest)), claims }
  })
}

function jobs() {
  const records = ['first', 'second', 'third'].map((text) => utf8(`record ${text}`))
  const leaves = records.map((record) => leafHash(concat(utf8('weft-job'), record)))
  return {
    root: toHex(merkleRoot(leaves)),
    records: records.map((record, index) => ({
      record: toHex(record),
      index,
      size: 3,
      path: merkleProof(leaves, index).path.map(toHex),
    })),
  }
}

/** Accounts of a single job: their keys, from the network's domain, the owner and 32 bytes that name the job. */
function jobAccounts() {
  return ['first', 'second', 'third'].map((text) => {
    const [domain, owner, job] = [hash(`domain ${text}`), key(`owner ${text}`), hash(`job ${text}`)]
    const account = jobAccountKey(domain, owner, job)
    return {
      domain: toHex(domain),
      owner: toHex(decodeKey(owner)),
      job: toHex(job),
      key: toHex(decodeKey(account)),
    }
  })
}

/**
 * Registries of every size in the committee's table, with vacant slots, several slots per member, and the poster's own
 * members. Every third account is a one-job account: its key is not its owner's.
 */
function draws() {
  return Array.from({ length: 60 }, (_, round) => {
    const members = Array.from({ length: 1 + (round % 11) }, (_, i) => ({
      peer: key(`peer ${round} ${i}`),
      owner: key(i % 4 === 3 || round % 13 === 0 ? 'wallet' : `owner ${i}`),
    }))
    const width = round % 5 === 4 ? 150 : members.length + (round % 7) * 3
    const slots = Array.from({ length: width }, (_, i) => {
      const chosen = members[(hash(`${round} slot ${i}`)[0] ?? 0) % members.length]
      if (i < members.length) return members[i]?.peer
      return round % 5 === 4 || i % 3 === 0 ? undefined : chosen?.peer
    })
    const beacon = hash(`beacon ${round}`)
    const owner = key(round % 2 === 0 ? 'wallet' : 'stranger')
    const account = round % 3 === 2 ? jobAccountKey(hash('domain'), owner, hash(`job ${round}`)) : owner
    const committee = drawCommittee({ epoch: round, beacon, members, slots }, account, owner)
    const owners = new Map(members.map(({ peer, owner }) => [peer, owner]))
    return {
      beacon: toHex(beacon),
      account: toHex(decodeKey(account)),
      owner: toHex(decodeKey(owner)),
      slots: slots.map((peer) =>
        peer === undefined ? null : { peer: toHex(decodeKey(peer)), owner: toHex(decodeKey(owners.get(peer) ?? '')) },
      ),
      first: drawSlot({ beacon, account: decodeKey(account), index: 0, slots: slots.length }),
      witnesses: committee.witnesses.map((peer) => toHex(decodeKey(peer))),
      q: committee.q,
    }
  })
}

/** floor(amount × numerator / denominator); null where it does not fit. */
function amounts() {
  const max = 2n ** 64n - 1n
  const cases: [bigint, bigint, bigint][] = [
    [0n, 500n, 10_000n],
    [1n, 500n, 10_000n],
    [19n, 500n, 10_000n],
    [20n, 500n, 10_000n],
    [999_999_999n, 250n, 10_000n],
    [max, 9_999n, 10_000n],
    [max, 10_000n, 10_000n],
    [max, max, max],
    [max, 2n, 1n],
    [7n, 1n, 0n],
    [10n, 1n, 3n],
    [11n, 2n, 3n],
  ]
  for (let i = 0; i < 40; i++) {
    const bytes = new DataView(hash(`amount ${i}`).buffer)
    cases.push([bytes.getBigUint64(0) >> BigInt(i), bytes.getBigUint64(8) >> 50n, 10_000n])
  }
  return cases.map(([amount, numerator, denominator]) => {
    const share = denominator === 0n ? max + 1n : roundedShare(amount, numerator, denominator)
    const text = { amount: String(amount), numerator: String(numerator), denominator: String(denominator) }
    return { ...text, share: share > max ? null : String(share) }
  })
}

const files = {
  headers: headers(),
  totals: totals(),
  jobs: jobs(),
  'job-accounts': jobAccounts(),
  draws: draws(),
  amounts: amounts(),
}
for (const [name, content] of Object.entries(files)) {
  writeFileSync(new URL(`./${name}.json`, import.meta.url), `${JSON.stringify(content)}\n`)
}
