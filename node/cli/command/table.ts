/** Tables of text for terminals. */

const GAP = '  '
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
const COLOURS = /\u001b\[[0-9;]*m/g

/** Columns as wide as their longest cell; the last one is not padded. Lines without the final line feed. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))))
  return all.map((row) => line(row, widths)).join('\n')
}

/** `label  value` lines, the values below each other. */
export function pairs(items: readonly (readonly [label: string, value: string])[], indent = ''): string {
  const widest = Math.max(0, ...items.map(([label]) => width(label)))
  return items.map(([label, value]) => `${indent}${pad(label, widest)}${GAP}${value}`).join('\n')
}

function line(row: readonly string[], widths: readonly number[]): string {
  return row.map((cell, i) => (i === row.length - 1 ? cell : pad(cell, widths[i] ?? 0))).join(GAP)
}

function pad(text: string, to: number): string {
  return text + ' '.repeat(Math.max(0, to - width(text)))
}

function width(text: string): number {
  return text.replace(COLOURS, '').length
}
