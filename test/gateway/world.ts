/** A gateway on a free port over a fake peer, and what tests do with it. */

import { type Gateway, startGateway } from '#node/gateway/server.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { signerFromSeed } from '#protocol/wire/keys.ts'
import { createFakePeer, type FakePeer, type Script } from './fake-peer.ts'

export const wallet = signerFromSeed(sha256(utf8('wallet')))

export interface World {
  readonly peer: FakePeer
  readonly gateway: Gateway
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  stop(): Promise<void>
}

export async function startWorld(script: Partial<Script> = {}, token?: string): Promise<World> {
  const peer = createFakePeer(script)
  const gateway = await startGateway(peer, { host: '127.0.0.1', port: 0, token, version: '1.2.3' })
  const at = (path: string): string => `${gateway.url}${path}`
  return {
    peer,
    gateway,
    get: (path, headers = {}) => fetch(at(path), { headers }),
    post: (path, body, headers = {}) =>
      fetch(at(path), {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    stop: () => gateway.stop(),
  }
}

/** The body of a POST to /jobs. */
export function signedJob(peer: FakePeer, changes: Partial<JobSpec> = {}): { envelope: string; blobs: string[] } {
  const { domain, network } = peer.signing()
  const spec: JobSpec = {
    version: 1,
    name: 'test',
    network,
    account: wallet.key,
    seq: 1,
    authorised: 1_000n,
    createdMs: Date.now(),
    deadlineMs: Date.now() + 60_000,
    engine: { type: 'python', params: { code: 'print("hello")' } },
    inputs: [],
    requirements: { timeMs: 1_000, memoryBytes: 2 ** 26, regions: [], gpuMemoryBytes: 0, models: [] },
    replicas: 3,
    comparator: { type: 'exact' },
    priceMax: 1_000n,
    policy: 'balanced',
    ...changes,
  }
  return { envelope: Buffer.from(sealJob(spec, domain, wallet).raw).toString('base64'), blobs: [] }
}
