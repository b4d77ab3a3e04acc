/** Options that name a network on a cluster, and the wallet there. */
import type { Command } from 'commander'

/**
 * `command` with the options of every command about a network on chain; they are `ChainCommandOptions` when it runs.
 */
export function onChain(command: Command): Command {
  return command
    .option('-u, --url <cluster>', 'localnet, devnet, …, a URL, or solana (its own configuration)')
    .option('--network-name <name>', 'name of the network on its cluster')
    .option('-k, --keypair <file>', 'the wallet: a Solana keypair file (default: this folder’s own)')
}
