/** The peer and its network: status, peers, accounts, what a wallet needs to sign, invitations. */
import type { Hono } from 'hono'
import { z } from 'zod'
import type { PeerApi } from '#node/api/peer-api.ts'
import { readObject } from '../body.ts'
import { answer, reply } from '../reply.ts'
import { keyParam } from './params.ts'

const day = 86_400_000
const inviteSchema = z.strictObject({
  ttlMs: z
    .number()
    .int()
    .min(1_000)
    .max(30 * day)
    .default(day),
  uses: z.number().int().min(1).max(1_024).default(1),
})

export function networkRoutes(api: Hono, peer: PeerApi): void {
  api.get('/status', () => reply(peer.info()))
  api.get('/peers', () => reply({ peers: peer.peers() }))
  api.get('/signing', () => {
    const { domain, network } = peer.signing()
    return reply({ domain: Buffer.from(domain).toString('base64'), network })
  })
  api.get('/accounts/:wallet', async (c) => {
    const wallet = keyParam(c, 'wallet')
    return reply(await answer(c, (signal) => peer.account(wallet, { signal })))
  })
  api.post('/invites', async (c) => {
    const terms = await readObject(c, inviteSchema)
    return reply({ token: await peer.invite(terms) }, 201)
  })
}
