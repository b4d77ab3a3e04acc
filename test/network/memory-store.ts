/** A store in memory, for what needs no disk. Keys are ASCII here. */
import type { Store } from '#node/ports/store.ts'

/** An empty store that is open. */
export function createMemoryStore(): Store {
  const rows = new Map<string, Uint8Array>()
  return {
    open: async () => undefined,
    close: async () => undefined,
    get: async (key) => rows.get(key),
    range: async ({ gte, lt, limit, reverse }) => {
      const found = [...rows].filter(([key]) => gte <= key && key < lt).sort(([a], [b]) => (a < b ? -1 : 1))
      return (reverse === true ? found.reverse() : found).slice(0, limit)
    },
    write: async (changes) => {
      for (const change of changes) {
        if ('put' in change) rows.set(change.put, change.value)
        else rows.delete(change.del)
      }
    },
  }
}
