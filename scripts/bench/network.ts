/**
 * Round trips over the warm framed stream of two peers in one process, beside a bare TCP echo in the same process and
 * the same rounds; then gossip among five peers, beside one frame over a warm stream. Medians and 99th percentiles in
 * milliseconds.
 */
import { createServer, connect as dial, type Socket } from 'node:net'
import { createLibp2pNetwork, type Libp2pNetwork } from '#node/adapters/network/network.ts'
import type { Log } from '#node/ports/log.ts'
import type { NetworkEvents } from '#node/ports/network.ts'
import type { Row } from './row.ts'

const ROUNDS = 5
const ECHOES = 1_000
const MESSAGES = 60
const BYTES = 200
const GOAL_P50_MS = 0.15
const GOAL_P99_MS = 3
const GOAL_GOSSIP_MS = 10

type Echo = (payload: Uint8Array) => Promise<void>

/** Echo p50 and p99, gossip p50 and p99. */
export async function rows(): Promise<Row[]> {
  const tcp = await tcpEcho()
  const peers = await mesh(5)
  const frames = frameEcho(peers)
  await timed(frames.echo, 300)
  await timed(tcp.echo, 300)
  const rounds: { stream: number[]; bare: number[] }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ stream: await timed(frames.echo, ECHOES), bare: await timed(tcp.echo, ECHOES) })
  }
  const gossip: number[][] = []
  for (let round = 0; round < ROUNDS; round++) gossip.push(await gossipTimes(peers))
  tcp.close()
  await Promise.all(peers.map((peer) => peer.network.stop()))

  const stream = rounds.map((round) => round.stream)
  const bare = rounds.map((round) => round.bare)
  return [
    row('echo over the warm stream, p50 (baseline: bare TCP)', {
      value: stream,
      baseline: bare,
      p: 0.5,
      goal: GOAL_P50_MS,
    }),
    row('echo over the warm stream, p99 (baseline: bare TCP)', {
      value: stream,
      baseline: bare,
      p: 0.99,
      goal: GOAL_P99_MS,
    }),
    row('gossip to 4 peers, p50 (baseline: echo)', { value: gossip, baseline: stream, p: 0.5, goal: GOAL_GOSSIP_MS }),
    row('gossip to 4 peers, p99 (baseline: echo)', {
      value: gossip,
      baseline: stream,
      p: 0.99,
      goal: 10 * GOAL_GOSSIP_MS,
    }),
  ]
}

export interface Peer {
  readonly network: Libp2pNetwork
  readonly heard: { message: NetworkEvents['message']; gossip: NetworkEvents['gossip'] }
}

const nothing = (): void => undefined
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent }

/** Peers that are all connected with the first, subscribed, and hear each other. */
export async function mesh(count: number): Promise<Peer[]> {
  const peers: Peer[] = []
  for (let id = 1; id <= count; id++) peers.push(await startPeer(id, peers[0]?.network.addresses() ?? []))
  const [first] = peers
  for (const peer of peers) peer.network.subscribe('bench')
  if (first === undefined) return peers
  const waiting = new Set(peers.slice(1))
  for (const peer of waiting) peer.heard.gossip = () => waiting.delete(peer)
  while (waiting.size > 0) {
    first.network.publish('bench', new Uint8Array(BYTES))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return peers
}

async function startPeer(id: number, bootstrap: readonly string[]): Promise<Peer> {
  const network = createLibp2pNetwork({
    seed: new Uint8Array(32).fill(id),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap,
    cachedPeers: { load: async () => [], save: async () => undefined },
    mdns: false,
    networkId: 'bench',
    sequences: { get: async () => undefined, set: async () => undefined },
    validate: () => true,
    log: silent,
  })
  const heard: Peer['heard'] = { message: nothing, gossip: nothing }
  await network.start({
    message: (...all) => heard.message(...all),
    gossip: (...all) => heard.gossip(...all),
    connected: (peer) => network.setStanding(peer, 'witness'),
    disconnected: nothing,
  })
  return { network, heard }
}

function frameEcho(peers: readonly Peer[]): { echo: Echo } {
  const [a, b] = peers
  if (a === undefined || b === undefined) throw new Error('an echo needs two peers')
  b.heard.message = (from, channel, frame) => b.network.send(from, channel, frame)
  const echo: Echo = (payload) =>
    new Promise((resolve) => {
      a.heard.message = () => resolve()
      a.network.send(b.network.self, 'control', payload)
    })
  return { echo }
}

async function tcpEcho(): Promise<{ echo: Echo; close: () => void }> {
  const server = createServer({ noDelay: true }, (socket) => socket.pipe(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const socket: Socket = dial({ port: address.port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  const echo: Echo = (payload) =>
    new Promise((resolve) => {
      socket.once('data', () => resolve())
      socket.write(payload)
    })
  return {
    echo,
    close: () => {
      socket.destroy()
      server.close()
    },
  }
}

async function timed(echo: Echo, count: number): Promise<number[]> {
  const times: number[] = []
  const payload = new Uint8Array(BYTES)
  for (let turn = 0; turn < count; turn++) {
    const start = performance.now()
    await echo(payload)
    times.push(performance.now() - start)
  }
  return times
}

/** Round trips between neighbours in the list, all round it. */
export async function echoTimes(peers: readonly Peer[], echoes: number): Promise<number[]> {
  const times: number[] = []
  const pairs = peers.map((peer, i) => [peer, peers[(i + 1) % peers.length] ?? peer])
  for (const pair of pairs)
    times.push(...(await timed(frameEcho(pair).echo, Math.ceil(echoes / pairs.length) + 1)).slice(1))
  return times
}

/** Times from publishing to each delivery. */
export async function gossipTimes(peers: readonly Peer[], messages = MESSAGES): Promise<number[]> {
  const [author, ...others] = peers
  const times: number[] = []
  for (let turn = 0; turn < messages; turn++) {
    const start = performance.now()
    await new Promise<void>((resolve) => {
      let left = others.length
      for (const other of others) {
        other.heard.gossip = () => {
          times.push(performance.now() - start)
          if (--left === 0) resolve()
        }
      }
      author?.network.publish('bench', new Uint8Array(BYTES))
    })
  }
  return times
}

function row(what: string, data: { value: number[][]; baseline: number[][]; p: number; goal: number }): Row {
  const of = (rounds: number[][]): number[] => rounds.map((times) => percentile(times, data.p))
  const values = of(data.value)
  const value = percentile(values, 0.5)
  const baseline = percentile(of(data.baseline), 0.5)
  const spread = `${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`
  const ratio = rounded(value / baseline)
  const met = value <= data.goal
  return { what, value: rounded(value), unit: 'ms', spread, goal: data.goal, met, baseline: rounded(baseline), ratio }
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}

function percentile(times: readonly number[], p: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN
}
