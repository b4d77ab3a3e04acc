/**
 * Deletes what was put in first until at most `most` entries are left: a Map and a Set keep the order of insertion.
 * Delete a key and put it in anew to make it the newest. Constant time per entry that goes.
 */
export function dropOldest<K>(
  entries: { readonly size: number; keys(): Iterable<K>; delete(key: K): boolean },
  most: number,
): void {
  if (entries.size <= most) return
  for (const oldest of entries.keys()) {
    entries.delete(oldest)
    if (entries.size <= most) return
  }
}
