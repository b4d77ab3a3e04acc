/** What a peer does when nobody says otherwise. */
import type { Settings } from './schema.ts'

/** The share of the machine that a peer lends: the rest keeps the owner's work going. */
const LENT_SHARE = 0.8
const MEMORY_MIN_BYTES = 64 * 1_024 * 1_024

/** Default settings for a machine with `cores` and `memoryBytes`: 80 % of both are lent, and at least one slot. */
export function defaultSettings(machine: { cores: number; memoryBytes: number }): Settings {
  return {
    apiHost: '127.0.0.1',
    apiPort: 9_338,
    // Fixed, so that addresses in join tokens and firewall rules stay true over restarts.
    listen: ['/ip4/0.0.0.0/tcp/9339'],
    bootstrap: [],
    mdns: true,
    engines: ['auto'],
    slots: Math.max(1, Math.floor(machine.cores * LENT_SHARE)),
    memoryBytes: Math.max(MEMORY_MIN_BYTES, Math.floor(machine.memoryBytes * LENT_SHARE)),
    region: '',
    pricePerSecond: 100n,
    runTimeMaxMs: 3_600_000,
    logLevel: 'info',
    network: 'roster',
    networkName: 'weft',
    settleSeconds: 600,
    settleMin: 10_000n,
  }
}
