/** Forgets what was put in first until at most `most` entries are left. Put a key in anew to make it the newest. */
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
