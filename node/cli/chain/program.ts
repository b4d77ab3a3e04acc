/** Commands about the chain: the local one, its events, credits, stake and registration. */
import { type Command, Option } from 'commander'
import { define, whole } from '../command/define.ts'

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
  onChain(
    define(chain, 'events', 'what happened on the network’s programs', () =>
      import('./events.ts').then((m) => m.chainEvents),
    ),
  )
    .option('--since <slot>', 'from this chain slot on', whole)
    .option('-f, --follow', 'wait for more')
  addCredits(program)
  addStake(program)
}

function addCredits(program: Command): void {
  const credits = program.command('credits').description('prepaid credits of a wallet on Solana')
  const add = (usage: string, description: string, load: Parameters<typeof define>[3]): Command =>
    onChain(define(credits, usage, description, load))
  add('balance [wallet]', 'what a wallet has, and what its jobs hold', () =>
    import('../credits/balance.ts').then((m) => m.creditsBalance),
  )
  add('deposit <credits>', 'pay into the wallet’s account; opens it', () =>
    import('../credits/deposit.ts').then((m) => m.creditsDeposit),
  ).option('--limit <credits>', 'authorise only so much in the account’s life (default: all deposits)')
  add('withdraw [credits]', 'take out of the account what is free (default: all), after the network’s delay', () =>
    import('../credits/release.ts').then((m) => m.creditsWithdraw),
  )
  add('transfer <wallet> <credits>', 'move credits to another wallet’s account, after the same delay', () =>
    import('../credits/release.ts').then((m) => m.creditsTransfer),
  )
  add('jobs [wallet]', 'accounts that the wallet opened for single jobs', () =>
    import('../credits/jobs.ts').then((m) => m.creditsJobs),
  )
  add('refund <account>', 'take back what a job with its own account did not spend', () =>
    import('../credits/jobs.ts').then((m) => m.creditsRefund),
  )
  add('history [wallet]', 'deposits, settlements, payments', () =>
    import('../credits/history.ts').then((m) => m.creditsHistory),
  )
  add('claim', 'take what the wallet earned', () => import('../credits/claim.ts').then((m) => m.creditsClaim)).option(
    '--to-account',
    'into the account instead of the wallet',
  )
  add('mint <credits>', 'play money, on a local chain only', () =>
    import('../credits/mint.ts').then((m) => m.creditsMint),
  ).option('--to <wallet>', 'who gets it (default: this wallet)')
}

function addStake(program: Command): void {
  onChain(
    define(program, 'register', 'register this peer on Solana and stake for it', () =>
      import('./register.ts').then((m) => m.register),
    ),
  ).option('--stake <credits>', 'how much (default: the least that the network asks for)')
  onChain(
    define(program, 'deregister', 'take this peer, without stake, out of the registry', () =>
      import('./register.ts').then((m) => m.deregister),
    ),
  )
  const stake = onChain(
    define(program, 'stake', 'what answers for this peer on Solana', () =>
      import('./stake.ts').then((m) => m.stakeShow),
    ),
  ).enablePositionalOptions()
  onChain(define(stake, 'add <credits>', 'stake more', () => import('./stake.ts').then((m) => m.stakeAdd)))
  onChain(
    define(stake, 'remove <credits>', 'begin to unbond (all: everything); gives up seats', () =>
      import('./stake.ts').then((m) => m.stakeRemove),
    ),
  )
  onChain(define(stake, 'withdraw', 'take what has unbonded', () => import('./stake.ts').then((m) => m.stakeWithdraw)))
}

/** Options of every command about a network on chain. */
function onChain(command: Command): Command {
  return command
    .option('-u, --url <cluster>', 'localnet, devnet, …, a URL, or solana (its own configuration)')
    .option('--network-name <name>', 'name of the network on its cluster')
    .option('-k, --keypair <file>', 'the wallet: a Solana keypair file (default: this folder’s own)')
}
