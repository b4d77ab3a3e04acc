/** The peer and its network: status, peers, what a wallet needs to sign, invitations. */
import { z } from 'zod'
import { apiBounds } from './bounds.ts'
import { aTimeMs, aWallet, somePeers } from './examples.ts'
import { API, route, type Shape } from './route.ts'
import { amount, base64, int, key, timeMs } from './shapes.ts'

/** How the peer that answers is. */
export const peerInfoSchema = z
  .object({
    version: z.string().describe('Of Weft.'),
    peer: key,
    owner: key.describe("The wallet that this peer's earnings go to."),
    network: z.string(),
    ledger: z.string().describe('roster or solana.'),
    epoch: int,
    member: z.boolean(),
    membership: z
      .object({ state: z.enum(['member', 'joining', 'refused', 'none']), reason: z.string() })
      .describe("Where it stands: on its way in, or refused, with the founder's reason."),
    addresses: z.array(z.string()).describe('Multiaddresses on which others reach it.'),
    connections: int,
    members: int,
    engines: z
      .array(z.object({ engine: z.string(), version: z.string() }))
      .describe('Engines whose self-test is over, and worked.'),
    slots: int.describe('Replicas that it runs at the same time.'),
    running: int,
    logs: int.describe('Accounts that it witnesses.'),
    uptimeMs: int,
  })
  .meta({ id: 'PeerInfo' })
/** {@link peerInfoSchema}. */
export type PeerInfo = Shape<typeof peerInfoSchema>

/** A member of the network, and what it offers. */
const peerSummarySchema = z
  .object({
    peer: key,
    owner: key,
    self: z.boolean(),
    connected: z.boolean(),
    offer: z
      .object({
        engines: z.array(z.string()),
        slots: int,
        freeSlots: int,
        memoryBytes: int,
        gpuMemoryBytes: int,
        region: z.string(),
        pricePerSecond: amount,
        speedMilli: int.describe('Thousandths of the reference machine’s speed.'),
        expiresMs: timeMs,
      })
      .nullable()
      .describe('The newest offer, if one is known.'),
  })
  .meta({ id: 'Peer' })
/** {@link peerSummarySchema}. */
export type PeerSummary = Shape<typeof peerSummarySchema>

/** Every peer known. */
const peerListSchema = z.object({ peers: z.array(peerSummarySchema) })

/** What a wallet needs to sign: a signature is over the domain, so it is void in another network. */
export const signingSchema = z.object({ domain: base64.describe('32 bytes, in base64.'), network: z.string() })

const { inviteMs, inviteUses } = apiBounds
const inviteTermsSchema = z.strictObject({
  ttlMs: int.min(inviteMs.min).max(inviteMs.max).default(inviteMs.default).describe('How long it can be used.'),
  uses: int.min(1).max(inviteUses).default(1).describe('How many peers it lets in.'),
})
/** How long an invitation lasts, and for how many peers. */
export type InviteTerms = Shape<typeof inviteTermsSchema>

const aPeer = somePeers[0]
const member = { state: 'member', reason: '' } as const

/** Routes of the peer and its network. */
export const networkRoutes = {
  status: route({
    method: 'GET',
    path: `${API}/status`,
    summary: 'The peer: network, membership, engines, load.',
    status: 200,
    answer: peerInfoSchema,
    errors: [],
    example: {
      answer: {
        version: '0.1.0',
        peer: aPeer,
        owner: aWallet,
        network: 'roster:home',
        ledger: 'roster',
        epoch: 1,
        member: true,
        membership: member,
        addresses: ['/ip4/127.0.0.1/tcp/4001'],
        connections: 3,
        members: 4,
        engines: [{ engine: 'python', version: '3.12.0' }],
        slots: 2,
        running: 0,
        logs: 1,
        uptimeMs: 61_000,
      },
    },
  }),
  peers: route({
    method: 'GET',
    path: `${API}/peers`,
    summary: 'Every peer known, with its newest offer.',
    status: 200,
    answer: peerListSchema,
    errors: [],
    example: {
      answer: {
        peers: [
          {
            peer: aPeer,
            owner: aWallet,
            self: true,
            connected: true,
            offer: {
              engines: ['python'],
              slots: 2,
              freeSlots: 2,
              memoryBytes: 2 ** 30,
              gpuMemoryBytes: 0,
              region: '',
              pricePerSecond: '100',
              speedMilli: 1_000,
              expiresMs: aTimeMs,
            },
          },
        ],
      },
    },
  }),
  signing: route({
    method: 'GET',
    path: `${API}/signing`,
    summary: 'What a wallet needs to sign a job: domain and network.',
    status: 200,
    answer: signingSchema,
    errors: [],
    example: { answer: { domain: 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=', network: 'roster:home' } },
  }),
  invite: route({
    method: 'POST',
    path: `${API}/invites`,
    summary: 'Founder only: a token with which peers join.',
    body: inviteTermsSchema,
    status: 201,
    answer: z.object({ token: z.string() }),
    errors: ['NOT_PERMITTED'],
    example: { body: { uses: 3 }, answer: { token: 'weft1…' } },
  }),
}
