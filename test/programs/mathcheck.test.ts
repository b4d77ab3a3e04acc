import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { BorshCoder, EventParser, Program } from '@coral-xyz/anchor'
import { PublicKey } from '@solana/web3.js'
import { toBN } from '#programs/client/numbers.ts'
import { type Mathcheck, mathcheckIdl } from '#programs/client/types/mathcheck.ts'
import { namedKey, Vm } from './vm.ts'

const M64 = (1n << 64n) - 1n
const M128 = (1n << 128n) - 1n
const MIN128 = BigInt.asIntN(128, 1n << 127n)

describe('the toolchain', () => {
  it('computes with 64 and 128 bits as BigInt does, in 868 cases', () => {
    const vm = new Vm()
    const id = new PublicKey(mathcheckIdl.address)
    vm.svm.addProgram(id.toBytes(), readFileSync(new URL('../../programs/deploy/mathcheck.so', import.meta.url)))
    const program = new Program<Mathcheck>(mathcheckIdl, { connection: vm.connection() })
    const parser = new EventParser(id, new BorshCoder(mathcheckIdl))
    const signer = namedKey('payer')
    const cases = allCases()
    assert.equal(cases.length, 868)
    for (const [a, b, n] of cases) {
      const data = program.coder.instruction.encode('math', { a: toBN(a), b: toBN(b), n })
      const keys = [{ pubkey: signer.publicKey, isSigner: true, isWritable: false }]
      const outcome = vm.send([{ programId: id, keys, data }], [signer])
      const [event] = [...parser.parseLogs([...outcome.logs])]
      assert(event, outcome.logs.join('\n'))
      const got = Object.fromEntries(Object.entries(event.data).map(([key, value]) => [key, BigInt(String(value))]))
      assert.deepEqual(got, expected(a, b, n), `a=${a} b=${b} n=${n}`)
    }
  }).timeout(120_000)
})

/** 256 pairs of edges, 12 shifts, 600 random pairs of every width. */
function allCases(): [bigint, bigint, number][] {
  const edges = [
    0n,
    1n,
    2n,
    3n,
    10n,
    1n << 31n,
    (1n << 32n) - 1n,
    1n << 32n,
    (1n << 63n) - 1n,
    1n << 63n,
    M64,
    1n << 64n,
  ]
  edges.push((1n << 96n) + 7n, (1n << 127n) - 1n, 1n << 127n, M128)
  const pairs = edges.flatMap((a) => edges.map((b): [bigint, bigint, number] => [a, b, randomInt(128)]))
  const shifts = [0, 1, 63, 64, 65, 127].flatMap((n): [bigint, bigint, number][] => [
    [M128 ^ 5n, 3n, n],
    [1n << 127n, 3n, n],
  ])
  const random = () => BigInt(`0x${randomBytes(1 + randomInt(16)).toString('hex')}`)
  const rest = Array.from({ length: 600 }, (): [bigint, bigint, number] => [random(), random(), randomInt(128)])
  return [...pairs, ...shifts, ...rest]
}

function expected(a: bigint, b: bigint, n: number): Record<string, bigint> {
  const shift = BigInt(n)
  const [x, y] = [a & M64, b & M64]
  const [signedA, signedB] = [BigInt.asIntN(128, a), BigInt.asIntN(128, b)]
  const undefinedSigned = signedB === 0n || (signedA === MIN128 && signedB === -1n)
  const flags = [
    x * y <= M64,
    a * b <= M128,
    fits(BigInt.asIntN(64, x) * BigInt.asIntN(64, y), 64n),
    fits(signedA * signedB, 128n),
  ]
  return {
    mul: BigInt.asUintN(128, a * b),
    div: b === 0n ? 0n : a / b,
    rem: b === 0n ? 0n : a % b,
    sdiv: undefinedSigned ? 0n : signedA / signedB,
    srem: undefinedSigned ? 0n : signedA % signedB,
    shl: BigInt.asUintN(128, a << shift),
    shr: a >> shift,
    sar: signedA >> shift,
    add: BigInt.asUintN(128, a + b),
    sub: BigInt.asUintN(128, a - b),
    mul64: x * y <= M64 ? x * y : 0n,
    ok: flags.reduce((sum, flag, bit) => sum | (flag ? 1n << BigInt(bit) : 0n), 0n),
    hi: (x * y) >> 64n,
  }
}

function fits(value: bigint, width: bigint): boolean {
  return value >= -(1n << (width - 1n)) && value < 1n << (width - 1n)
}
