/** What clients import runs in a browser: nothing of Node in the bundle, and it loads where there is no Node. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build, type Plugin } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Entry points that browsers load, and a name that each exports. */
const entryPoints: readonly (readonly [file: string, name: string])[] = [
  ['node/api/routes.ts', 'routeList'],
  ['node/sdk/index.ts', 'Client'],
]

/** SHA-256 and Ed25519 of the platform: the one file that a browser build replaces. */
const PLATFORM = /protocol\/wire\/platform\.ts$/

/** Node's modules that the bundle asks for, each with who asks. */
function nodeModules(found: string[]): Plugin {
  const names = new Set(builtinModules)
  return {
    name: 'node-modules',
    setup: ({ onLoad, onResolve }) => {
      onLoad({ filter: PLATFORM }, ({ path }) => ({ contents: standIn(path), loader: 'js' }))
      onResolve({ filter: /.*/ }, ({ path, importer }) => {
        if (!path.startsWith('node:') && !names.has(path)) return undefined
        found.push(`${importer} imports ${path}`)
        return { path, external: true }
      })
    },
  }
}

/** The platform's functions as names without work: what the bundle holds otherwise is what matters here. */
function standIn(path: string): string {
  const names = [...readFileSync(path, 'utf8').matchAll(/^export function (\w+)/gm)].map(([, name]) => name)
  return `const none = () => undefined\nexport { ${names.map((name) => `none as ${name}`).join(', ')} }`
}

async function bundle(file: string): Promise<{ readonly text: string; readonly fromNode: string[] }> {
  const fromNode: string[] = []
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'bundle',
    target: 'es2023',
    logLevel: 'silent',
    plugins: [nodeModules(fromNode)],
  })
  return { text: outputFiles[0]?.text ?? '', fromNode }
}

/** What the bundle exports in a world that has what browsers and Node share, and neither `Buffer` nor `process`. */
function load(text: string): Record<string, unknown> {
  const shared = { TextEncoder, TextDecoder, URL, atob, btoa, fetch, AbortController, AbortSignal, setTimeout }
  const context = createContext({ ...shared, clearTimeout, performance })
  return runInContext(`${text}; bundle`, context) as Record<string, unknown>
}

describe('in a browser', () => {
  for (const [file, name] of entryPoints) {
    it(`${file} needs nothing of Node`, async function () {
      this.timeout(20_000)
      const { text, fromNode } = await bundle(file)
      assert.deepEqual(fromNode, [])
      assert.ok(name in load(text), `${file} does not export ${name}`)
    })
  }

  it('what needs Node is told', async function () {
    this.timeout(20_000)
    const { fromNode } = await bundle('node/config/paths.ts')
    assert.match(fromNode.join('\n'), /node\/config\/paths\.ts imports node:/)
  })
})
