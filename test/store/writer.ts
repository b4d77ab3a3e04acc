/**
 * A process to be killed: writes durably, many at a time, and prints the number of each write once it is acknowledged.
 */
import { writeSync } from 'node:fs'
import { createLevelStore } from '#node/adapters/store/level.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import { quiet } from './quiet.ts'

const [folder = '', first = '0'] = process.argv.slice(2)
const store = createLevelStore({ folder, clock: createSystemClock(), log: quiet })
const value = new Uint8Array(300)
let next = Number(first)

await store.open()
await Promise.all(Array.from({ length: 8 }, () => writeForever()))

async function writeForever(): Promise<never> {
  for (;;) {
    const mine = next++
    await store.write([{ put: `lazy/${mine}`, value }], { durable: false })
    await store.write([{ put: `durable/${mine}`, value }], { durable: true })
    writeSync(1, `${mine}\n`)
  }
}
