/** `weft stake`: what answers for this folder's peer; `add`, `remove`, `withdraw`. */
import { loadOrCreatePeerKey } from '#node/adapters/keys/files.ts'
import { addStake, nodeState, removeStake, withdrawStake } from '#node/adapters/ledgers/solana/membership.ts'
import { WeftError } from '#protocol/errors.ts'
import type { CommandAction } from '../command/define.ts'
import { credits } from '../command/format.ts'
import { pairs } from '../command/table.ts'
import { amountOf, type ChainCommandOptions, chainHome, payingWallet } from './home.ts'

export const stakeShow: CommandAction<ChainCommandOptions> = async (output, options) => {
  const home = await chainHome(options)
  const { key } = await loadOrCreatePeerKey(home.folder)
  const state = await nodeState(home.chain, key)
  if (state === undefined)
    throw new WeftError('NOT_A_MEMBER', `the peer ${key} is not registered on ${home.chain.networkId}`, {
      data: { next: 'weft register' },
    })
  output.answer({ network: home.chain.networkId, ...state }, () => {
    const { seats, servesUntil, networkEpoch, minStake } = state
    const serving = servesUntil === undefined ? '' : `, renewed until epoch ${servesUntil}; now ${networkEpoch}`
    output.line(
      pairs([
        ['PeerID', state.peer],
        ['Wallet', state.owner],
        ['Staked', `${credits(state.staked)}; a seat needs ${credits(minStake)}`],
        ['Unbonding', credits(state.unbonding)],
        ['Seats', `${seats}${serving}`],
        ['For fees', `${Number(state.peerLamports) / 1e9} SOL on the peer's own address`],
        ...(state.slashed ? [['Slashed', 'it signed two headers of one height'] as const] : []),
      ]),
    )
  })
  return 0
}

export const stakeAdd: CommandAction<ChainCommandOptions> = async (output, options, [given]) => {
  const amount = amountOf(given)
  const home = await chainHome(options)
  const { key: peer } = await loadOrCreatePeerKey(home.folder)
  const { signatures, seats } = await addStake(home.chain, { peer, owner: await payingWallet(home), amount })
  output.answer({ peer, amount, signatures, seats }, () => {
    for (const signature of signatures) output.line(signature)
    output.note(`${credits(amount)} staked; ${seats} seats from the next epoch on`)
  })
  return 0
}

export const stakeRemove: CommandAction<ChainCommandOptions> = async (output, options, [given]) => {
  const home = await chainHome(options)
  const { key: peer } = await loadOrCreatePeerKey(home.folder)
  const amount = given === 'all' ? ((await nodeState(home.chain, peer))?.staked ?? 0n) : amountOf(given)
  const signatures = await removeStake(home.chain, { peer, owner: await payingWallet(home), amount })
  output.answer({ peer, amount, signatures }, () => {
    for (const signature of signatures) output.line(signature)
    output.note(`${credits(amount)} unbond now; weft stake withdraw takes them when the wait is over`)
  })
  return 0
}

export const stakeWithdraw: CommandAction<ChainCommandOptions> = async (output, options) => {
  const home = await chainHome(options)
  const { key: peer } = await loadOrCreatePeerKey(home.folder)
  const { amount, signature } = await withdrawStake(home.chain, { peer, owner: await payingWallet(home) })
  output.answer({ peer, amount, signature }, () => {
    output.line(signature)
    output.note(`${credits(amount)} went to the wallet`)
  })
  return 0
}
