/**
 * A first look at a YAML text that bounds the work of reading it: the lexer and parser of `yaml` are iterative, but
 * what comes after them recurses once per level (50,000 nested brackets end the process, not just the call), compares
 * all keys of a map with each other and makes one error per wrong byte.
 */
import { type CST, Lexer, Parser } from 'yaml'

/** Tokens of a job file: brackets, indicators, line ends, texts. A program that stands in the file is one. */
const TOKENS_MAX = 32_768
/** Levels of lists and maps within each other; a job file needs four. */
const LEVELS_MAX = 32
/** Entries of one list or map; the longest list that a job file may have is one of 256 texts. */
const ENTRIES_MAX = 1_024

/** What exceeds a bound, and at which offset. */
export interface Excess {
  readonly offset: number
  readonly message: string
}

/**
 * The first bound that the text exceeds, `undefined` if none. `onLine` is called with the offset of each line, in
 * order.
 */
export function excess(text: string, onLine: (offset: number) => void): Excess | undefined {
  let tokens = 0
  for (const _ of new Lexer().lex(text)) {
    if (++tokens > TOKENS_MAX) return { offset: 0, message: `more than ${TOKENS_MAX} brackets, keys and lines` }
  }
  const roots: CST.Token[] = []
  for (const token of new Parser(onLine).parse(text)) {
    if (token.type === 'document' && token.value !== undefined) roots.push(token.value)
  }
  return tooDeep(roots)
}

function tooDeep(roots: readonly CST.Token[]): Excess | undefined {
  const open = roots.map((token) => ({ token, level: 1 }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, level } = next
    if (!('items' in token)) continue
    const { offset, items } = token
    if (level > LEVELS_MAX) return { offset, message: `more than ${LEVELS_MAX} levels of lists and maps` }
    if (items.length > ENTRIES_MAX) return { offset, message: `more than ${ENTRIES_MAX} entries in one list or map` }
    for (const { key, value } of items) {
      if (key) open.push({ token: key, level: level + 1 })
      if (value) open.push({ token: value, level: level + 1 })
    }
  }
  return undefined
}
