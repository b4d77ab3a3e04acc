/** Commands about jobs. */
import { type Command, Option } from 'commander'
import { limits } from '#protocol/limits.ts'
import { between, collect, define, whole } from '../command/define.ts'

export function addJobCommands(program: Command): void {
  const run = define(program, {
    usage: 'run <job>',
    description: 'post a job (a YAML or JSON file, or -) and wait for its verified result',
    load: () => import('./run.ts').then((m) => m.run),
  })
  run
    .option('--input <path[=local]>', 'a file that the program sees at <path>; repeatable', collect, [])
    .option('-d, --detach', 'do not wait: print the job’s id')
    .option('-f, --follow', 'show what the replicas print, as they print it')
    .option('--ids', 'print only the job’s id')
    .option('--replicas <n>', `peers that run it, up to ${limits.replicasPerJob}`, between(1, limits.replicasPerJob))
    .option('--price-max <credits>', 'the most that it may cost in all')
    .option('--escrow', 'give the job an account of its own on Solana, with no more than its highest price in it')
    .option('--timeout <seconds>', 'stop waiting after this time; the job goes on', whole)
    .option('-k, --keypair <file>', 'the wallet that pays: a Solana keypair file')
  const job = program.command('job').description('list, look at, cancel jobs')
  addJobLooks(job)
  define(job, {
    usage: 'validate <file>',
    description: 'check a job file; errors with line and column',
    load: () => import('./validate.ts').then((m) => m.jobValidate),
  }).option('--input <path[=local]>', 'a file that the program sees at <path>; repeatable', collect, [])
  define(job, {
    usage: 'cancel <id>',
    description: 'cancel a job that this wallet posted',
    load: () => import('./cancel.ts').then((m) => m.jobCancel),
  }).option('-k, --keypair <file>', 'the wallet that posted it')
  define(program, {
    usage: 'logs <id>',
    description: 'short for job logs',
    load: () => import('./logs.ts').then((m) => m.jobLogs),
  })
    .option('-f, --follow', 'wait for more')
    .option('--peer <key>', 'only of this peer')
}

function addJobLooks(job: Command): void {
  define(job, {
    usage: 'list',
    description: 'jobs that this peer knows, newest first',
    load: () => import('./list.ts').then((m) => m.jobList),
  })
    .alias('ls')
    .option('--account <key>', 'only of this wallet')
    .option('--limit <n>', 'at most so many', whole)
    .option('--ids', 'only the ids, one a line')
    .option('--wide', 'full ids')
  define(job, {
    usage: 'show <id>',
    description: 'overview, placement, seats, verdict, payments, certificate',
    load: () => import('./show.ts').then((m) => m.jobShow),
  })
  define(job, {
    usage: 'why <id>',
    description: 'why it was placed where it was; recomputes the certificate',
    load: () => import('./why.ts').then((m) => m.jobWhy),
  }).option('--wide', 'full keys')
  define(job, {
    usage: 'logs <id>',
    description: 'what the replicas printed',
    load: () => import('./logs.ts').then((m) => m.jobLogs),
  })
    .option('-f, --follow', 'wait for more')
    .option('--peer <key>', 'only of this peer')
  define(job, {
    usage: 'output <id>',
    description: 'the result: stdout, or all files into a folder',
    load: () => import('./output.ts').then((m) => m.jobOutput),
  })
    .option('--dir <folder>', 'write stdout and each file there')
    .addOption(new Option('--file <path>', 'one file to stdout').conflicts('dir'))
    .option('--peer <key>', 'of this replica instead of the merged one')
}
