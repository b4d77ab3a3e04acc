import { resolve } from 'node:path'
import { createWallet } from '#node/adapters/keys/files.ts'
import type { CommandAction } from '../command/define.ts'
import { configOf } from '../command/home.ts'

/** `weft keygen [file]`: a new wallet in Solana's keypair format. */
export const keygen: CommandAction = async (output, options, [file]) => {
  const path = file === undefined ? configOf(options).paths.wallet : resolve(file)
  const { key } = await createWallet(path)
  output.answer({ wallet: key, file: path }, () => {
    output.line(key)
    output.note(`the private key is in ${path}: keep it, nobody can restore it`)
  })
  return 0
}
