/** A whole network on this machine. */
import type { Command } from 'commander'
import { collect, define, whole } from '../command/define.ts'

/** `weft dev`, and `weft demo`, which help does not name: `npm start` runs it. */
export function addDevCommands(program: Command): void {
  define(program, {
    usage: 'dev',
    description: 'run a whole network on this machine',
    load: () => import('./dev.ts').then((m) => m.dev),
  })
    .option('--peers <n>', 'peers, each a process', whole, 5)
    .option('--keep', 'keep its folder, and go on with it the next time')
    .option('-u, --url <cluster>', 'settle on this Solana cluster (default: a chain of its own)')
    .option('--ledger <kind>', 'roster: a private network, without a chain')
    .option('-k, --keypair <file>', 'the wallet that pays for setting it up on a cluster')
  define(program, {
    usage: 'demo',
    description: 'run the main job on a fresh local network',
    load: () => import('./demo.ts').then((m) => m.demo),
  })
    .option('--peers <n>', 'peers, each a process', whole, 5)
    .option('--once', 'stop after one job')
    .option('-u, --url <cluster>', 'settle on this Solana cluster (default: a chain of its own)')
    .option('--ledger <kind>', 'roster: a private network, without a chain')
    .option('-k, --keypair <file>', 'the wallet that pays for setting it up on a cluster')
    .option('--job <file>', 'the job to run')
    .option('--input <path[=local]>', 'a file that the program sees at <path>; repeatable', collect, [])
  hide(program, 'demo')
}

/** Leaves a command out of the help. */
function hide(program: Command, name: string): void {
  const command = program.commands.find((candidate) => candidate.name() === name)
  if (command !== undefined) Object.assign(command, { _hidden: true })
}
