/** Row 9: messages of agreement for heights to come, as large as is kept, of many accounts. */
import { randomBytes } from 'node:crypto'
import { decodeCertificate } from '#protocol/agreement/certificate.ts'
import type { AgreementMessage } from '#protocol/messages/agreement.ts'
import type { Briefing } from '../orders.ts'
import { Client, clientParts } from './client.ts'
import type { Weapon } from './weapon.ts'

const BYTES = 900 * 1_024
const MESSAGES_PER_SECOND = 8
const ASK_PER_SECOND = 4
/** Height of a log that has no entry yet, and epoch of the roster's first version. */
const FIRST = { height: 1, epoch: 1 }

/** One message of each type that carries bytes, for the height after the next of each account in turn. */
export async function earlyMessages(briefing: Briefing): Promise<Weapon> {
  const client = await Client.connect(briefing)
  const current = new Map<string, { height: number; epoch: number }>()
  client.listeners.add((_from, frame) => {
    if (frame.type !== 'head') return
    const header = decodeCertificate(frame.certificate)?.header
    if (header !== undefined) current.set(frame.account, { height: header.height + 1, epoch: header.epoch })
  })
  const accounts = [...briefing.victims, ...briefing.unfunded]
  let turn = 0
  const fire = (): void => {
    const account = accounts[Math.floor(turn / messageTypes.length) % accounts.length] ?? ''
    const { height, epoch } = current.get(account) ?? FIRST
    const message = earlyMessage(messageTypes[turn % messageTypes.length], { account, epoch, height: height + 1 })
    turn++
    client.send({ type: 'agreement', message })
  }
  const ask = (): void => {
    for (const account of briefing.victims) client.send({ type: 'account', account })
  }
  const volleys = [
    { perSecond: MESSAGES_PER_SECOND, fire },
    { perSecond: ASK_PER_SECOND, fire: ask },
  ]
  return { volleys, ...clientParts(client) }
}

const messageTypes = ['contribute', 'propose', 'view-change', 'decision'] as const

function earlyMessage(
  type: (typeof messageTypes)[number] | undefined,
  position: { account: string; epoch: number; height: number },
): AgreementMessage {
  const empty = new Uint8Array()
  const bodies = [randomBytes(BYTES)]
  switch (type) {
    case 'contribute':
      return { type, ...position, contribution: empty, bodies }
    case 'propose':
      return { type, ...position, view: 0, entry: empty, bodies, changes: [] }
    case 'view-change': {
      const change = { from: position.account, view: 1, prepared: null, signature: new Uint8Array(64) }
      return { type, ...position, change, contribution: null, bodies }
    }
    case 'decision':
    case undefined:
      return { type: 'decision', ...position, certificate: empty, entry: empty, bodies }
    default:
      return type satisfies never
  }
}
