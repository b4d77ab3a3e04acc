/** The version of this Weft. */
import { readFileSync } from 'node:fs'

/**
 * From the nearest `package.json` above this file, which is ours in the source as in the build; `0.0.0` if there is
 * none.
 */
export function version(): string {
  // Put there by the build.
  const built = process.env['WEFT_VERSION']
  if (built !== undefined) return built
  for (let up = '.', depth = 0; depth < 5; depth++, up += '/..') {
    try {
      const found: unknown = JSON.parse(readFileSync(new URL(`${up}/package.json`, import.meta.url), 'utf8'))
      if (isOurs(found)) return found.version
    } catch {
      // Not in this folder.
    }
  }
  return '0.0.0'
}

function isOurs(value: unknown): value is { version: string } {
  if (value === null || typeof value !== 'object' || !('name' in value) || value.name !== 'weft') return false
  return 'version' in value && typeof value.version === 'string'
}
