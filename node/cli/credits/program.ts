/** Commands about a wallet's prepaid credits. */
import type { Command } from 'commander'
import type { ChainCommandOptions } from '../chain/home.ts'
import { onChain } from '../chain/on-chain.ts'
import { type CommandInit, define } from '../command/define.ts'

export function addCreditsCommands(program: Command): void {
  const credits = program.command('credits').description('prepaid credits of a wallet on Solana')
  const add = <O extends ChainCommandOptions>(init: CommandInit<O>): Command => onChain(define(credits, init))
  add({
    usage: 'balance [wallet]',
    description: 'what a wallet has, and what its jobs hold',
    load: () => import('../credits/balance.ts').then((m) => m.creditsBalance),
  })
  add({
    usage: 'deposit <credits>',
    description: 'pay into the wallet’s account; opens it',
    load: () => import('../credits/deposit.ts').then((m) => m.creditsDeposit),
  }).option('--limit <credits>', 'authorise only so much in the account’s life (default: all deposits)')
  add({
    usage: 'withdraw [credits]',
    description: 'take out of the account what is free (default: all), after the network’s delay',
    load: () => import('../credits/release.ts').then((m) => m.creditsWithdraw),
  })
  add({
    usage: 'transfer <wallet> <credits>',
    description: 'move credits to another wallet’s account, after the same delay',
    load: () => import('../credits/release.ts').then((m) => m.creditsTransfer),
  })
  add({
    usage: 'jobs [wallet]',
    description: 'accounts that the wallet opened for single jobs',
    load: () => import('../credits/jobs.ts').then((m) => m.creditsJobs),
  })
  add({
    usage: 'refund <account>',
    description: 'take back what a job with its own account did not spend',
    load: () => import('../credits/jobs.ts').then((m) => m.creditsRefund),
  })
  add({
    usage: 'history [wallet]',
    description: 'deposits, settlements, payments',
    load: () => import('../credits/history.ts').then((m) => m.creditsHistory),
  })
  add({
    usage: 'claim',
    description: 'take what the wallet earned',
    load: () => import('../credits/claim.ts').then((m) => m.creditsClaim),
  }).option('--to-account', 'into the account instead of the wallet')
  add({
    usage: 'mint <credits>',
    description: 'play money, on a local chain only',
    load: () => import('../credits/mint.ts').then((m) => m.creditsMint),
  }).option('--to <wallet>', 'who gets it (default: this wallet)')
}
