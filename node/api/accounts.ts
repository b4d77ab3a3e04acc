/** Accounts: a wallet's credits and the next number that it signs. */
import { z } from 'zod'
import { aWallet, somePeers } from './examples.ts'
import { API, route, type Shape } from './route.ts'
import { amount, int, key, keyText } from './shapes.ts'

/** An account as its witnesses see it: f liars among them cannot bend it. */
export const accountViewSchema = z
  .object({
    account: key,
    epoch: int,
    height: int.describe('Of the newest certificate that was shown; 0 if none was.'),
    nextSeq: int.describe('The sequence number that the next job must carry.'),
    spent: amount,
    reserved: amount,
    funds: amount.nullable().describe('Most that the account may spend in its life; null if the ledger does not say.'),
    witnesses: z.array(key),
    n: int.describe('Witnesses.'),
    f: int.describe('How many of them may be faulty.'),
    q: int.describe('How many make a certificate.'),
    tolerance: z.enum(['byzantine', 'crashes', 'single', 'own']).describe('What f witnesses may do.'),
  })
  .meta({ id: 'Account' })
/** {@link accountViewSchema}. */
export type AccountView = Shape<typeof accountViewSchema>

/** An account that spent something, for examples. */
export const exampleAccount: AccountView = {
  account: aWallet,
  epoch: 1,
  height: 7,
  nextSeq: 2,
  spent: '36',
  reserved: '0',
  funds: '1000000000',
  witnesses: somePeers,
  n: 4,
  f: 1,
  q: 3,
  tolerance: 'byzantine',
}

/** Routes of accounts. */
export const accountRoutes = {
  show: route({
    method: 'GET',
    path: `${API}/accounts/{wallet}`,
    summary: 'A wallet: next sequence number, credits, witnesses.',
    params: z.object({ wallet: keyText }),
    status: 200,
    answer: accountViewSchema,
    errors: ['NO_COMMITTEE', 'NOT_A_MEMBER'],
    example: { params: { wallet: aWallet }, answer: exampleAccount },
  }),
}
