/** Commands about peers, networks and keys. */
import { type Command, Option } from 'commander'
import { collect, define, whole } from '../command/define.ts'

export function addNetworkCommands(program: Command): void {
  addDaemons(program)
  define(program, 'status', 'the daemon: network, engines, load', () => import('./status.ts').then((m) => m.status))
  const peer = program.command('peer').description('the network’s peers')
  define(peer, 'list', 'every peer known, with what it offers', () => import('./list.ts').then((m) => m.peerList))
    .alias('ls')
    .option('--ids', 'only the keys, one a line')
    .option('--wide', 'full keys')
  addMembership(program)
  addHelpers(program)
}

function addDaemons(program: Command): void {
  const up = define(program, 'up', 'run a peer: lend this machine, earn credits', () =>
    import('./up.ts').then((m) => m.up),
  )
  up.option('--bootstrap <multiaddr>', 'a peer to dial first; repeatable', collect)
    .option('--join <token>', 'join a private network with an invitation (@file reads it from a file)')
    .option('--listen <multiaddr>', 'where other peers reach this one; repeatable', collect)
    .option('--host <address>', 'address of the HTTP API (default 127.0.0.1; another needs $WEFT_TOKEN)')
    .option('--port <n>', 'port of the HTTP API (default 9338; 0: any free one)', whole)
    .option('--slots <n>', 'replicas to run at once', whole)
    .option('--memory <amount>', 'memory to lend, such as 4GiB')
    .option('--engines <names>', 'engines to offer, such as python,noop (default: those that work here)')
    .option('--region <name>', 'where this peer is')
    .option('--price <n>', 'micro-credits for one replica and second')
    .option(
      '-u, --url <cluster>',
      'Solana cluster of the network: localnet, devnet, …, a URL, or solana (its own configuration)',
    )
    .option('--ledger <kind>', 'roster: a private network; solana: the cluster of Solana’s own configuration')
    .option('--network-name <name>', 'name of the network on its cluster')
    .option('--settle-seconds <n>', 'time between two settlements of an account', whole)
    .option('--settle-min <n>', 'micro-credits below which a settlement waits a day')
    .option('--no-mdns', 'do not look for peers on the local network')
    .option('--log-level <level>', 'debug, info, warn, error or silent')
    .option('--ready-json', 'print one JSON line when ready')
    .addOption(new Option('--exit-with-parent').hideHelp())
  define(program, 'dev', 'run a whole network on this machine', () => import('../dev/dev.ts').then((m) => m.dev))
    .option('--peers <n>', 'peers, each a process', whole, 5)
    .option('--keep', 'keep its folder, and go on with it the next time')
    .option('-u, --url <cluster>', 'settle on this Solana cluster (default: a chain of its own)')
    .option('--ledger <kind>', 'roster: a private network, without a chain')
    .option('-k, --keypair <file>', 'the wallet that pays for setting it up on a cluster')
  define(program, 'demo', 'run the main job on a fresh local network', () =>
    import('../dev/demo.ts').then((m) => m.demo),
  )
    .option('--peers <n>', 'peers, each a process', whole, 5)
    .option('--once', 'stop after one job')
    .option('-u, --url <cluster>', 'settle on this Solana cluster (default: a chain of its own)')
    .option('--ledger <kind>', 'roster: a private network, without a chain')
    .option('-k, --keypair <file>', 'the wallet that pays for setting it up on a cluster')
    .option('--job <file>', 'the job to run')
    .option('--input <path[=local]>', 'a file that the program sees at <path>; repeatable', collect, [])
  hide(program, 'demo')
}

function addMembership(program: Command): void {
  define(program, 'init', 'found a private network: makes the founder’s key and the first roster', () =>
    import('./init.ts').then((m) => m.init),
  )
    .option('--name <name>', 'what people call this peer')
    .option('--credit-line <credits>', 'what each member may owe the others', '1000')
  define(program, 'invite', 'founder: print a token with which others join', () =>
    import('./invite.ts').then((m) => m.invite),
  )
    .option('--uses <n>', 'peers that it admits', whole, 1)
    .option('--hours <n>', 'life of the token', whole, 24)
  define(program, 'join <token>', 'prepare to join a private network (- reads the token from stdin)', () =>
    import('./join.ts').then((m) => m.join),
  ).option('--name <name>', 'what people call this peer')
  define(program, 'keygen [file]', 'make a new wallet (0600); never overwrites', () =>
    import('./keygen.ts').then((m) => m.keygen),
  )
}

function addHelpers(program: Command): void {
  define(program, 'explain [code]', 'what an error code means, and what to do', () =>
    import('../about/explain.ts').then((m) => m.explain),
  )
  define(program, 'completion <shell>', 'print the completion script: bash, zsh or fish', () =>
    import('../about/completion.ts').then((m) => m.completion),
  )
  define(program, 'version', 'print the version', () => import('../about/version.ts').then((m) => m.versionCommand))
}

/** Leaves a command out of the help. */
function hide(program: Command, name: string): void {
  const command = program.commands.find((candidate) => candidate.name() === name)
  if (command !== undefined) Object.assign(command, { _hidden: true })
}
