/** Commands about the chain: the local one, its events, stake and registration. */
import { type Command, Option } from 'commander'
import { define, whole } from '../command/define.ts'
import { onChain } from './on-chain.ts'

/** The chain itself. */
export function addChainCommands(program: Command): void {
  const chain = define(program, {
    usage: 'chain',
    description: 'run a local Solana chain (a VM, not a validator) until Ctrl-C',
    load: () => import('./chain.ts').then((m) => m.chain),
  })
  chain
    .enablePositionalOptions()
    .option('--state <dir>', 'folder of its state (default: chain in the home)')
    .option('--port <n>', 'port of the RPC, WebSocket on the next (0: any free pair)', whole, 8_899)
    .option('--slot-ms <n>', 'milliseconds of a slot', whole)
    .option('--ready-json', 'print one JSON line when ready')
    .addOption(new Option('--exit-with-parent').hideHelp())
  onChain(
    define(chain, {
      usage: 'events',
      description: 'what happened on the network’s programs',
      load: () => import('./events.ts').then((m) => m.chainEvents),
    }),
  )
    .option('--since <slot>', 'from this chain slot on', whole)
    .option('-f, --follow', 'wait for more')
}

/** This folder's peer in the registry, and its stake. */
export function addStakeCommands(program: Command): void {
  onChain(
    define(program, {
      usage: 'register',
      description: 'register this peer on Solana and stake for it',
      load: () => import('./register.ts').then((m) => m.register),
    }),
  ).option('--stake <credits>', 'how much (default: the least that the network asks for)')
  onChain(
    define(program, {
      usage: 'deregister',
      description: 'take this peer, without stake, out of the registry',
      load: () => import('./register.ts').then((m) => m.deregister),
    }),
  )
  const stake = onChain(
    define(program, {
      usage: 'stake',
      description: 'what answers for this peer on Solana',
      load: () => import('./stake.ts').then((m) => m.stakeShow),
    }),
  ).enablePositionalOptions()
  onChain(
    define(stake, {
      usage: 'add <credits>',
      description: 'stake more',
      load: () => import('./stake.ts').then((m) => m.stakeAdd),
    }),
  )
  onChain(
    define(stake, {
      usage: 'remove <credits>',
      description: 'begin to unbond (all: everything); gives up seats',
      load: () => import('./stake.ts').then((m) => m.stakeRemove),
    }),
  )
  onChain(
    define(stake, {
      usage: 'withdraw',
      description: 'take what has unbonded',
      load: () => import('./stake.ts').then((m) => m.stakeWithdraw),
    }),
  )
}
