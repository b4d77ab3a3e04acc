import assert from 'node:assert/strict'
import { type EntryMaterial, problemOf, readMaterial, why } from '#node/peer/answers/explain-placement.ts'
import { jobView } from '#node/peer/answers/job-view.ts'
import type { RecoverOptions } from '#node/runtime/recover.ts'
import { checkReceipt, type Receipt } from '#protocol/account/receipt.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { decode, encode, type Plain } from '#protocol/wire/canonical.ts'
import { Cluster, domain, key, NETWORK, type Node } from './cluster.ts'
import { post, untilClosed, untilOffered } from './jobs.ts'

const wallet = key('poster')

/** `bytes` with one bit changed, `fromEnd` bytes before the last. */
function changed(bytes: Uint8Array, fromEnd = 0): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const at = copy.length - 1 - fromEnd
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

describe('why a job was placed where it was', () => {
  let cluster: Cluster
  let receipt: Receipt
  let material: EntryMaterial
  let context: RecoverOptions
  before(async () => {
    cluster = new Cluster(5)
    await cluster.start()
    const nodes = cluster.nodes.filter((node): node is Node => node !== undefined)
    await untilOffered(nodes, 5)
    // Two jobs, so that the placing entry of the second stands on a certified state.
    await untilClosed(cluster.node(0), post(cluster.node(0), wallet, 1).id)
    const { id } = post(cluster.node(0), wallet, 2)
    await untilClosed(cluster.node(0), id)
    const witness = nodes.find(({ core }) => core.find(id) !== undefined)
    const found = witness?.core.find(id)
    assert.ok(witness !== undefined && found !== undefined)
    receipt = found
    const ledger = { registryAt: () => cluster.registry }
    context = {
      store: witness.store,
      ledger: ledger as unknown as RecoverOptions['ledger'],
      domain,
      networkId: NETWORK,
    }
    const read = await readMaterial(wallet.key, receipt.job.placedHeight, context)
    assert.ok(read !== undefined)
    material = read
  })
  after(() => cluster.stop())

  const committee = () => drawCommittee(cluster.registry, wallet.key)
  const explained = (from: EntryMaterial | undefined) => {
    const view = jobView({ receipt, committee: committee(), registry: cluster.registry, domain })
    return why(receipt, view, { ...context, material: from, offers: [], nowMs: 0 })
  }
  const entry = (): [raw: Uint8Array, certificate: Uint8Array, bodies: Uint8Array[]] =>
    decode(material.entry) as unknown as [Uint8Array, Uint8Array, Uint8Array[]]
  const entryWith = (parts: readonly Plain[]): EntryMaterial => ({ ...material, entry: encode([...parts]) })

  it('is recomputed: every peer with its rank or its reason, and the certified digest', () => {
    const shown = explained(material)
    assert.deepEqual([shown.matches, shown.problem], [true, null])
    assert.equal(shown.certified, shown.recomputed)
    assert.match(shown.certified ?? '', /^[0-9a-f]{64}$/)
    assert.deepEqual(shown.peers.map(({ peer }) => peer).sort(), cluster.signers.map((signer) => signer.key).sort())
    const ranked = shown.peers.filter(({ eligible }) => eligible)
    const placed = receipt.job.seats.map(({ peer }) => peer)
    assert.deepEqual(
      ranked.slice(0, 5).map(({ peer }) => peer),
      placed,
    )
  })

  it('says that it cannot tell where nobody has what the entry was made of', () => {
    const shown = explained(undefined)
    assert.deepEqual([shown.certified, shown.recomputed, shown.matches, shown.problem], [null, null, false, null])
  })

  const tampered: readonly (readonly [what: string, made: () => EntryMaterial, says: RegExp])[] = [
    [
      'a certificate with another signature',
      () => entryWith([entry()[0], changed(entry()[1]), entry()[2]]),
      /the certificate is not valid: signature does not verify/,
    ],
    [
      'a certificate without its quorum',
      () => {
        const [header, signatures] = decode(entry()[1]) as unknown as [Uint8Array, Plain[]]
        return entryWith([entry()[0], encode([header, signatures.slice(0, committee().q - 1)]), entry()[2]])
      },
      /the certificate is not valid: too few signatures/,
    ],
    [
      'an input with another content',
      () => {
        const [first = new Uint8Array(), ...rest] = entry()[2]
        return entryWith([entry()[0], entry()[1], [changed(first, 80), ...rest]])
      },
      /the input bafk\w+ is missing, or it or its signature was changed/,
    ],
    [
      'an input with another signature',
      () => {
        const [first = new Uint8Array(), ...rest] = entry()[2]
        return entryWith([entry()[0], entry()[1], [changed(first), ...rest]])
      },
      /the input bafk\w+ is missing, or it or its signature was changed/,
    ],
    [
      'an input left out',
      () => entryWith([entry()[0], entry()[1], entry()[2].slice(1)]),
      /the input bafk\w+ is missing/,
    ],
    [
      'an entry that was changed',
      () => entryWith([changed(entry()[0], 200), entry()[1], entry()[2]]),
      /the entry.*(changed|does not follow|cannot be read)/,
    ],
    [
      'another state before',
      () => {
        const [height, epoch, certificate, state] = decode(material.before) as unknown as [
          number,
          number,
          Uint8Array,
          Uint8Array,
        ]
        return { ...material, before: encode([height, epoch, changed(certificate), state]) }
      },
      /the state before is not the certified one/,
    ],
    ['noise', () => ({ before: new Uint8Array([1]), entry: new Uint8Array([2]) }), /the state before cannot be read/],
  ]
  for (const [what, made, says] of tampered) {
    it(`is refused by name from ${what}`, () => {
      const shown = explained(made())
      assert.match(shown.problem ?? '', says)
      assert.match(problemOf(receipt, made(), context) ?? '', says)
      assert.deepEqual([shown.certified, shown.recomputed, shown.matches], [null, null, false])
    })
  }

  it('a receipt is refused by name too: certificate, record, account, network', () => {
    const check = (one: Receipt): string | undefined => checkReceipt(one, committee(), domain)
    assert.equal(check(receipt), undefined)
    const { certificate, proof } = receipt
    const [[signer = '', signature = new Uint8Array()] = []] = [...certificate.signatures]
    const signatures = new Map([...certificate.signatures, [signer, changed(signature)]])
    assert.match(check({ ...receipt, certificate: { ...certificate, signatures } }) ?? '', /signature does not verify/)
    assert.match(
      check({ ...receipt, proof: { ...proof, record: changed(proof.record) } }) ?? '',
      /record is not in the certified state/,
    )
    const header = { ...certificate.header, account: key('another').key }
    assert.match(check({ ...receipt, certificate: { ...certificate, header } }) ?? '', /another account/)
    assert.match(checkReceipt(receipt, committee(), new Uint8Array(32)) ?? '', /another network/)
  })
})
