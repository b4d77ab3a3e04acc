/** Twenty real peers: libp2p nodes for the network, daemons with disks for the jobs. All on this machine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '#node/adapters/keys/keypair.ts'
import { startLocalNetwork } from '#node/cli/dev/local-network.ts'
import { completed, cpuMs, post, startPoster } from '../bench/jobs.ts'
import { echoTimes, gossipTimes, mesh } from '../bench/network.ts'
import { weftProgram } from '../bench/row.ts'
import type { Measured, Script } from './script.ts'

/** Offers and round trips: all nodes live in this process, so one clock times everything and nothing else competes. */
export async function realNetwork({ peers, echoes, messages }: Script): Promise<Pick<Measured, 'spread' | 'echo'>> {
  const nodes = await mesh(peers)
  try {
    const echo = await echoTimes(nodes, echoes)
    const spread: number[] = []
    for (let turn = 0; turn < messages; turn++) {
      const [author, ...others] = [...nodes.slice(turn % peers), ...nodes.slice(0, turn % peers)]
      if (author !== undefined) spread.push(...(await gossipTimes([author, ...others], 1)))
    }
    return { echo, spread }
  } finally {
    await Promise.all(nodes.map((node) => node.network.stop()))
  }
}

/** No-op jobs, one at a time, posted by a process that is no member. */
export async function realJobs({
  peers,
  jobs,
}: Script): Promise<Pick<Measured, 'placed' | 'verified' | 'cpuPerJobMs'>> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-calibrate-'))
  // Child daemons are started from the program that runs as `weft`.
  process.argv[1] = weftProgram()
  const network = await startLocalNetwork({
    ledger: { kind: 'roster' },
    folder: join(folder, 'net'),
    peers,
    keep: false,
    flags: ['--engines', 'noop', '--slots', '4', '--log-level', 'error'],
    signal: new AbortController().signal,
  })
  try {
    const addresses = network.daemons.map((daemon) => daemon.ready.addresses)
    const poster = await startPoster(folder, addresses)
    try {
      const wallet = generateKeyPair().signer
      const pids = network.daemons.map(({ pid }) => pid)
      const placed: number[] = []
      const verified: number[] = []
      let cpuBefore = 0
      for (let seq = 1; seq <= jobs + WARM_UP; seq++) {
        if (seq === WARM_UP + 1) cpuBefore = cpuMs(pids)
        const posted = performance.now()
        const { jobId } = await post(poster, wallet, seq)
        const safe = performance.now()
        await completed(poster, jobId)
        if (seq <= WARM_UP) continue
        placed.push(safe - posted)
        verified.push(performance.now() - safe)
      }
      return { placed, verified, cpuPerJobMs: (cpuMs(pids) - cpuBefore) / jobs }
    } finally {
      await poster.stop()
    }
  } finally {
    await network.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const WARM_UP = 5
