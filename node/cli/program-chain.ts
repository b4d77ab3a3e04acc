/** Commands about the chain: the local one, its events, credits, stake and registration. */
import { type Command, Option } from 'commander'
import { define, whole } from './define.ts'

export function addChainCommands(program: Command): void {
  const chain = define(program, 'chain', 'run a local Solana chain (a VM, not a validator) until Ctrl-C', () =>
    import('./chain.ts').then((m) => m.chain),
  )
  chain
    .enablePositionalOptions()
    .option('--state <dir>', 'folder of its state (default: chain in the home)')
    .option('--port <n>', 'port of the RPC, WebSocket on the next (0: any free pair)', whole, 8_899)
    .option('--slot-ms <n>', 'milliseconds of a slot', whole)
    .option('--ready-json', 'print one JSON line when ready')
    .addOption(new Option('--exit-with-parent').hideHelp())
}
