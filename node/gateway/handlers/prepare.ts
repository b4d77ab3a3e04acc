/** Everything that a wallet needs to sign a job, in one answer: four questions fewer before a job is posted. */
import type { EngineCheck, Prepared } from '../../api/jobs.ts'
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
  const known = engineNames(peer)
  return {
    problem: peer.validateEngine(body) ?? versionProblem(known, body) ?? null,
    engines: [...new Set(known.map(({ engine }) => engine))].sort(),
  }
}

interface KnownEngine {
  readonly engine: string
  /** Empty where it is not known. */
  readonly version: string
}

/** Engines of this peer and of the offers, which name them with or without a version: `python@3.12.0`. */
function engineNames(peer: PeerApi): KnownEngine[] {
  const offered = peer.peers().flatMap(({ offer }) => offer?.engines ?? [])
  const named = [...peer.knownEngines(), ...offered].map((name) => {
    const [engine = '', version = ''] = name.split('@')
    return { engine, version }
  })
  return [...peer.info().engines, ...named]
}

/** A sentence if versions of the engine are known, and none begins with the one that is needed. */
function versionProblem(
  known: readonly KnownEngine[],
  { engine, version }: Pick<Body, 'engine' | 'version'>,
): string | undefined {
  const versions = known.filter((one) => one.engine === engine && one.version !== '').map((one) => one.version)
  if (version === undefined || versions.length === 0) return undefined
  if (versions.some((one) => one === version || one.startsWith(`${version}.`))) return undefined
  return `no peer known here has ${engine} ${version}; known are ${[...new Set(versions)].sort().join(', ')}.`
}
