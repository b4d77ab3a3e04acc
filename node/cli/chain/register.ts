/** `weft register` and `weft deregister`: this folder's peer in the registry on chain. */
import { loadOrCreatePeerKey } from '#node/adapters/keys/files.ts'
import { networkRecord } from '#node/adapters/ledgers/solana/epoch.ts'
import {
  addStake,
  register as enter,
  deregister as leave,
  nodeState,
} from '#node/adapters/ledgers/solana/membership.ts'
import type { CommandAction } from '../command/define.ts'
import { credits } from '../command/format.ts'
import { amountOf, type ChainCommandOptions, chainHome, payingWallet } from './home.ts'

export interface RegisterOptions extends ChainCommandOptions {
  readonly stake?: string
}

/**
 * Registers the peer and stakes for it: the smallest stake unless another is named. What is done already is left as it
 * is.
 */
export const register: CommandAction<RegisterOptions> = async (output, options) => {
  const home = await chainHome(options)
  const owner = await payingWallet(home)
  const peer = await loadOrCreatePeerKey(home.folder)
  const { minStake, epoch } = await networkRecord(home.chain)
  const known = await nodeState(home.chain, peer.key)
  const signatures = known === undefined ? [await enter(home.chain, { peer, owner })] : []
  const wanted = options.stake === undefined ? minStake : amountOf(options.stake)
  const missing = wanted - (known?.staked ?? 0n)
  if (missing > 0n) {
    const staked = await addStake(home.chain, { peer: peer.key, owner, amount: missing })
    signatures.push(...staked.signatures)
  }
  const state = await nodeState(home.chain, peer.key)
  const answer = { network: home.chain.networkId, peer: peer.key, wallet: owner.key, signatures, ...state }
  output.answer(answer, () => {
    for (const signature of signatures) output.line(signature)
    output.note(`${peer.key} is registered for ${owner.key} with ${credits(state?.staked ?? 0n)} of stake`)
    output.note(`it takes part from epoch ${Number(epoch) + 1} on; next: weft up -u <cluster>`)
  })
  return 0
}

export const deregister: CommandAction<ChainCommandOptions> = async (output, options) => {
  const home = await chainHome(options)
  const owner = await payingWallet(home)
  const peer = await loadOrCreatePeerKey(home.folder)
  const signature = await leave(home.chain, { peer: peer.key, owner })
  output.answer({ peer: peer.key, signature }, () => {
    output.line(signature)
    output.note(`${peer.key} has left the registry; its rent went to ${owner.key}`)
  })
  return 0
}
