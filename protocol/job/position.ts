/** Where in the text of a YAML document something stands. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml'

/**
 * Offset of the value at `path`, or of the key `key` in the map there. Of what is missing, the offset of the innermost
 * thing around it that is there.
 */
export function locate(document: Document, path: readonly PropertyKey[], key?: string): number {
  let node: Node | null | undefined = document.contents
  let offset = offsetOf(node)
  for (const step of path) {
    const value: Node | undefined = childOf(resolved(document, node), step)
    if (value === undefined) return offset
    node = value
    offset = offsetOf(value, offset)
  }
  const pair = key === undefined ? undefined : pairOf(resolved(document, node), key)
  return isNode(pair?.key) ? offsetOf(pair.key, offset) : offset
}

function childOf(node: Node | null | undefined, step: PropertyKey): Node | undefined {
  if (isSeq(node)) {
    const item = typeof step === 'number' ? node.items[step] : undefined
    return isNode(item) ? item : undefined
  }
  const value = pairOf(node, String(step))?.value
  return isNode(value) ? value : undefined
}

function pairOf(node: Node | null | undefined, key: string): Pair | undefined {
  return isMap(node) ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key) : undefined
}

function resolved(document: Document, node: Node | null | undefined): Node | null | undefined {
  return isAlias(node) ? node.resolve(document) : node
}

function offsetOf(node: Node | null | undefined, otherwise = 0): number {
  return node?.range?.[0] ?? otherwise
}
