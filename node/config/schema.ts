/**
 * The settings of a daemon. Each has a form in words, for messages and help, and a parser that takes what a YAML file
 * holds as well as the text of a flag or an environment variable.
 */
import { z } from 'zod'
import { limits } from '#protocol/limits.ts'

const KiB = 1_024
const units: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: KiB,
  MIB: KiB ** 2,
  GIB: KiB ** 3,
  TIB: KiB ** 4,
}

const text = z.string().trim()
const integer = z.union([z.number(), text.regex(/^\d+$/).transform(Number)]).pipe(z.number().int().nonnegative())
const flag = z.union([
  z.boolean(),
  text
    .toLowerCase()
    .pipe(z.enum(['true', 'false', 'yes', 'no', 'on', 'off', '1', '0']))
    .transform(isYes),
])
const list = z.union([z.array(text), text.transform(splitList)])
const multiaddr = text.regex(/^(\/[^/\s]+)+$/).max(512)
const dialable = multiaddr.regex(/\/p2p\/[1-9A-HJ-NP-Za-km-z]{46,60}$/)
const bytes = z.union([z.number(), text.transform(parseBytes)]).pipe(
  z
    .number()
    .int()
    .min(64 * KiB ** 2)
    .max(2 ** 50),
)
const price = z
  .union([z.number().int(), z.bigint(), text.regex(/^\d+$/)])
  .transform(BigInt)
  .refine((value) => value >= 0n && value < 1n << 48n)

/** One setting: how it is written, how it is read, what it does. */
interface Setting<T> {
  readonly form: string
  readonly does: string
  readonly parse: z.ZodType<T>
}

function setting<T>(form: string, does: string, parse: z.ZodType<T>): Setting<T> {
  return { form, does, parse }
}

/** Every setting but `home`, which decides where the others are read. */
export const settings = {
  apiHost: setting('a host name or IP address', 'address of the HTTP API', text.regex(/^[A-Za-z0-9.:_-]{1,253}$/)),
  apiPort: setting(
    'a port from 0 (any free one) to 65535',
    'port of the HTTP API',
    integer.pipe(z.number().max(65_535)),
  ),
  listen: setting(
    'a list of multiaddrs such as /ip4/0.0.0.0/tcp/9339',
    'where other peers reach this one',
    list.pipe(z.array(multiaddr).max(16)),
  ),
  bootstrap: setting(
    'a list of multiaddrs that end in /p2p/<peer id>',
    'peers to dial first',
    list.pipe(z.array(dialable).max(64)),
  ),
  mdns: setting('true or false', 'find peers on the local network', flag),
  engines: setting(
    'a list of engine names such as python, or auto',
    'engines to offer; auto offers those whose self-test passes',
    list.pipe(
      z
        .array(text.regex(/^[a-z][a-z0-9-]{0,31}$/))
        .min(1)
        .max(32),
    ),
  ),
  slots: setting(
    'a number from 0 (run nothing) to 4096',
    'replicas to run at once',
    integer.pipe(z.number().max(4_096)),
  ),
  memoryBytes: setting('an amount such as 4GiB, at least 64MiB', 'memory to lend', bytes),
  region: setting(
    'up to 64 letters, digits, dots or dashes',
    'where this peer is, for jobs that ask for it',
    text.regex(/^[A-Za-z0-9._-]{0,64}$/),
  ),
  pricePerSecond: setting('a whole number of micro-credits', 'price of one replica for one second', price),
  runTimeMaxMs: setting(
    'milliseconds from 1000 to an hour',
    'longest run of one replica',
    integer.pipe(z.number().min(1_000).max(limits.runTimeMaxMs)),
  ),
  logLevel: setting(
    'debug, info, warn, error or silent',
    'what is logged',
    text.pipe(z.enum(['debug', 'info', 'warn', 'error', 'silent'])),
  ),
  network: setting(
    'roster, localnet, devnet, testnet, mainnet-beta, or the http(s) URL of a Solana RPC',
    'the ledger: a private roster, or a Solana cluster',
    text.pipe(
      z.union([z.enum(['roster', 'localnet', 'devnet', 'testnet', 'mainnet-beta']), z.url({ protocol: /^https?$/ })]),
    ),
  ),
  networkName: setting(
    'up to 32 lower-case letters, digits or dashes',
    'name of the network on its Solana cluster',
    text.regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
  ),
  settleSeconds: setting(
    'seconds from 1 to a day',
    'time between two settlements of an account on chain',
    integer.pipe(z.number().min(1).max(86_400)),
  ),
  settleMin: setting('a whole number of micro-credits', 'a smaller sum is settled about once a day', price),
} as const

export type SettingName = keyof typeof settings

/** A complete, valid set of settings. */
export type Settings = { readonly [K in SettingName]: z.output<(typeof settings)[K]['parse']> }

/** True if `name` is a setting. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name)
}

/** `apiPort` is set by WEFT_API_PORT. */
export function environmentName(name: SettingName): string {
  return `WEFT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

function isYes(value: string): boolean {
  return ['true', 'yes', 'on', '1'].includes(value)
}

function splitList(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** Bytes in `4GiB`, `512 MB`, `1073741824`; NaN for anything else. */
function parseBytes(value: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value) ?? []
  return Math.floor(Number.parseFloat(amount) * (units[unit.toUpperCase()] ?? Number.NaN))
}
