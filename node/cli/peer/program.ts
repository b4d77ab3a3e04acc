/** Commands about peers, networks and keys. */
import { type Command, Option } from 'commander'
import { collect, define, whole } from '../command/define.ts'

/** Looking at the network, and entering one. */
export function addPeerCommands(program: Command): void {
  define(program, {
    usage: 'status',
    description: 'the daemon: network, engines, load',
    load: () => import('./status.ts').then((m) => m.status),
  })
  const peer = program.command('peer').description('the network’s peers')
  define(peer, {
    usage: 'list',
    description: 'every peer known, with what it offers',
    load: () => import('./list.ts').then((m) => m.peerList),
  })
    .alias('ls')
    .option('--ids', 'only the keys, one a line')
    .option('--wide', 'full keys')
  addMembership(program)
}

/** The daemon. */
export function addUpCommand(program: Command): void {
  const up = define(program, {
    usage: 'up',
    description: 'run a peer: lend this machine, earn credits',
    load: () => import('./up.ts').then((m) => m.up),
  })
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
}

function addMembership(program: Command): void {
  define(program, {
    usage: 'init',
    description: 'found a private network: makes the founder’s key and the first roster',
    load: () => import('./init.ts').then((m) => m.init),
  })
    .option('--name <name>', 'what people call this peer')
    .option('--credit-line <credits>', 'what each member may owe the others', '1000')
  define(program, {
    usage: 'invite',
    description: 'founder: print a token with which others join',
    load: () => import('./invite.ts').then((m) => m.invite),
  })
    .option('--uses <n>', 'peers that it admits', whole, 1)
    .option('--hours <n>', 'life of the token', whole, 24)
  define(program, {
    usage: 'join <token>',
    description: 'prepare to join a private network (- reads the token from stdin)',
    load: () => import('./join.ts').then((m) => m.join),
  }).option('--name <name>', 'what people call this peer')
  define(program, {
    usage: 'keygen [file]',
    description: 'make a new wallet (0600); never overwrites',
    load: () => import('./keygen.ts').then((m) => m.keygen),
  })
}
