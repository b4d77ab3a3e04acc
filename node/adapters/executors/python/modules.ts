/** Compiled Pythons, one per memory limit. */
import { readFile } from 'node:fs/promises'
import { dropOldest } from '#protocol/drop-oldest.ts'
import { bounds } from './bounds.ts'
import { pythonWasmPath } from './entry.ts'
import { capMemory } from './memory-cap.ts'

/** Compiles on demand and keeps the last few: compiling takes 40 to 400 ms and most jobs share one memory limit. */
export class Modules {
  readonly #compiled = new Map<number, WebAssembly.Module>()

  /** CPython whose memory never exceeds `memoryBytes`. Rejects with `MemoryCapTooSmall` if it cannot even start with that. */
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
