/**
 * A chain in a process of its own, to be killed: `serve.ts STATE_DIR [SNAPSHOT_TRANSACTIONS]` prints its URL. Its
 * blockhashes live for 15 s, so that they last for a client that gets little of the machine.
 */
import { startLocalChain } from '#node/adapters/ledgers/local-chain/server.ts'
import { memoryLog } from './world.ts'

const [stateDir = '', snapshotTransactions = '5000'] = process.argv.slice(2)
const chain = await startLocalChain({
  ...{ stateDir, port: 0, slotMs: 100, log: memoryLog(), nowMs: Date.now, random: Math.random },
  snapshotTransactions: Number(snapshotTransactions),
})
process.stdout.write(`${chain.rpcUrl}\n`)
