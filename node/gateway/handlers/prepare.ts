/** Everything that a wallet needs to sign a job, in one answer: four questions fewer before a job is posted. */
import type { EngineCheck, Prepared } from '../../api/jobs.ts'
import type { PeerInfo } from '../../api/network.ts'
import type { ReceivedOf } from '../../api/route.ts'
import type { Routes } from '../../api/routes.ts'
import type { PeerApi } from '../../peer/peer-api.ts'
import { signingOf } from './network.ts'

type Body = ReceivedOf<Routes['jobs']['prepare']>['body']

/** Asks the account's witnesses; all else is known here. Rejects with NO_COMMITTEE if too few of them answer. */
export async function prepare(peer: PeerApi, body: Body, options: { signal: AbortSignal }): Promise<Prepared> {
  const account = await peer.account(body.wallet, options)
  const peers = peer.peers()
  return {
    ...signingOf(peer),
    account,
    ...checkEngine(peer, body),
    peersAble: { others: peers.filter(({ owner }) => owner !== body.wallet).length, all: peers.length },
  }
}

/** What is wrong with the parameters, and which engines there are, as far as this peer knows. */
export function checkEngine(
  peer: PeerApi,
  body: EngineCheck & Pick<Body, 'version'>,
): Pick<Prepared, 'problem' | 'engines'> {
  const offered = peer.peers().flatMap(({ offer }) => offer?.engines ?? [])
  const own = peer.info().engines
  return {
    problem: peer.validateEngine(body) ?? versionProblem(own, body) ?? null,
    engines: [...new Set([...own.map(({ engine }) => engine), ...peer.knownEngines(), ...offered])].sort(),
  }
}

/** A sentence if this peer has the engine, in another version than the one that is needed. */
function versionProblem(
  own: PeerInfo['engines'],
  { engine, version }: Pick<Body, 'engine' | 'version'>,
): string | undefined {
  const versions = own.filter((one) => one.engine === engine).map((one) => one.version)
  if (version === undefined || versions.length === 0) return undefined
  if (versions.some((one) => one === version || one.startsWith(`${version}.`))) return undefined
  return `this peer has no ${engine} ${version}: it has ${versions.join(', ')}.`
}
