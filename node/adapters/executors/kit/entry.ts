/**
 * Finds the programs of an engine that run in a process or thread of their own: the bundle's beside the daemon's, or
 * the sources through tsx. By convention they are `child.ts` and `worker.ts` in the engine's folder,
 * `<engine>-child.js` and `<engine>-worker.js` in the bundle.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A program of ours that runs in a process or thread of its own. */
interface Entry {
  readonly url: URL
  /** Options of Node that it needs. */
  readonly execArgv: readonly string[]
}

/** The program of the killable child process of `engine`. */
export function childEntry(engine: string): Entry {
  const url = bundled(`${engine}-child.js`)
  if (url !== undefined) return { url, execArgv: [] }
  return { url: source(engine, 'child'), execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href] }
}

/**
 * The program of the thread in which a child of `engine` runs a program. From the sources, a loader that is told which
 * one.
 */
export function workerEntry(engine: string): Entry & { readonly workerData?: string } {
  const url = bundled(`${engine}-worker.js`)
  if (url !== undefined) return { url, execArgv: [] }
  const loader = new URL('./worker-from-source.mjs', import.meta.url)
  return { url: loader, execArgv: [], workerData: source(engine, 'worker').href }
}

const require = createRequire(import.meta.url)

function source(engine: string, name: 'child' | 'worker'): URL {
  return new URL(`../${engine}/${name}.ts`, import.meta.url)
}

/** A bundler that splits may put this module into a folder of chunks, one level down. */
function bundled(name: string): URL | undefined {
  return [`./${name}`, `../${name}`]
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(fileURLToPath(url)))
}
