import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { jobAccountKey } from '#protocol/account/job-account.ts'
import { share as roundedShare } from '#protocol/credits/share.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { concat, fromHex, toHex, utf8 } from '#protocol/wire/hash.ts'
import { decodeHeader, encodeHeader } from '#protocol/wire/header.ts'
import { encodeKey } from '#protocol/wire/keys.ts'
import { leafHash, nodeHash, rootFromProof } from '#protocol/wire/merkle.ts'

describe('the vectors that the Solana programs read too', () => {
  it('hold for headers', () => {
    const { valid, invalid } = read<{
      valid: { bytes: string; spent: string; height: string; sealed: boolean }[]
      invalid: string[]
    }>('headers')
    for (const { bytes, spent, height, sealed } of valid) {
      const header = decodeHeader(fromHex(bytes))
      assert(header)
      assert.equal(toHex(encodeHeader(header)), bytes)
      assert.deepEqual([String(header.spent), String(header.height), header.sealed], [spent, height, sealed])
    }
    for (const bytes of invalid) assert.equal(decodeHeader(fromHex(bytes)), undefined, bytes)
  })

  it('hold for totals trees and their place in the state', () => {
    type Tree = {
      size: number
      root: string
      rest: string
      stateRoot: string
      claims: { leaf: string; index: number; path: string[] }[]
    }
    for (const { size, root, rest, stateRoot, claims } of read<Tree[]>('totals')) {
      for (const { leaf, index, path } of claims) {
        const got = rootFromProof(fromHex(leaf), { index, size, path: path.map(fromHex) })
        assert.equal(got && toHex(got), root)
      }
      assert.equal(toHex(nodeHash(fromHex(root), fromHex(rest))), stateRoot)
    }
  })

  it('hold for draws', () => {
    type Draw = {
      beacon: string
      account: string
      owner: string
      slots: ({ peer: string; owner: string } | null)[]
      witnesses: string[]
      q: number
    }
    for (const { beacon, account, owner, slots, witnesses, q } of read<Draw[]>('draws')) {
      const seats = slots.map((slot) =>
        slot === null ? undefined : { peer: name(slot.peer), owner: name(slot.owner) },
      )
      const members = [...new Map(seats.flatMap((seat) => (seat ? [[seat.peer, seat] as const] : []))).values()]
      const view = { epoch: 0, beacon: fromHex(beacon), members, slots: seats.map((seat) => seat?.peer) }
      const committee = drawCommittee(view, name(account), name(owner))
      assert.deepEqual(committee.witnesses, witnesses.map(name))
      assert.equal(committee.q, q)
    }
  })

  it('hold for one-job accounts', () => {
    type JobAccount = { domain: string; owner: string; job: string; key: string }
    for (const { domain, owner, job, key } of read<JobAccount[]>('job-accounts'))
      assert.equal(jobAccountKey(fromHex(domain), name(owner), fromHex(job)), name(key))
  })

  it('hold for job records and their place under the jobs root', () => {
    const { root, records } = read<{
      root: string
      records: { record: string; index: number; size: number; path: string[] }[]
    }>('jobs')
    for (const { record, index, size, path } of records) {
      const leaf = leafHash(concat(utf8('weft-job'), fromHex(record)))
      const got = rootFromProof(leaf, { index, size, path: path.map(fromHex) })
      assert.equal(got && toHex(got), root)
    }
  })

  it('hold for shares', () => {
    type Share = { amount: string; numerator: string; denominator: string; share: string | null }
    for (const { amount, numerator, denominator, share } of read<Share[]>('amounts')) {
      if (share !== null)
        assert.equal(roundedShare(BigInt(amount), BigInt(numerator), BigInt(denominator)), BigInt(share))
    }
  })
})

function name(hex: string): string {
  return encodeKey(fromHex(hex))
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`./${file}.json`, import.meta.url), 'utf8')) as T
}
