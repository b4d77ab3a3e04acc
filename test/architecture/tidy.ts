/** How the code reads, as far as a machine can tell (STYLE): complete switches, doc comments, lines, arguments. One finding a string. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COLUMNS = 120

/** Reads one source file and looks at it. `path` is from the repository's root. */
export function untidy(path: string, text = readFileSync(join(ROOT, path), 'utf8')): string[] {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const found: string[] = []
  const at = (node: ts.Node): string => `${path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`
  text.split('\n').forEach((line, index) => {
    if (line.length > COLUMNS && !/https?:\/\//.test(line))
      found.push(`${path}:${index + 1} is longer than ${COLUMNS} columns`)
  })
  const visit = (node: ts.Node): void => {
    if (ts.isSwitchStatement(node) && !isComplete(node))
      found.push(`${at(node)} a switch that does not end in \`satisfies never\``)
    if (isFunction(node) && hasConfusableArguments(node, tree))
      found.push(`${at(node)} ${nameOf(node)} takes ${node.parameters.length} positional arguments, two of one type`)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  if (isDocumented(path)) for (const statement of tree.statements) found.push(...undocumented(statement, tree, at))
  return found
}

/** Folders whose every export says what it guarantees. */
const DOCUMENTED = ['protocol/', 'node/core/', 'node/ports/', 'node/api/', 'node/sdk/']

function isDocumented(path: string): boolean {
  return DOCUMENTED.some((folder) => path.startsWith(folder))
}

function undocumented(statement: ts.Statement, tree: ts.SourceFile, at: (node: ts.Node) => string): string[] {
  if (!ts.canHaveModifiers(statement) || ts.isExportDeclaration(statement)) return []
  if (!ts.getModifiers(statement)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword)) return []
  // The comment that opens the file does not speak for its first export, unless the two are one.
  const comments = ts.getLeadingCommentRanges(tree.text, statement.pos) ?? []
  const last = comments.at(-1)
  const documented = last !== undefined && tree.text.slice(last.pos, last.end).startsWith('/**')
  return documented ? [] : [`${at(statement)} an export without a doc comment`]
}

/** A switch over a union is complete if its `default` proves that nothing is left. One over strings or numbers has an ordinary default. */
function isComplete(node: ts.SwitchStatement): boolean {
  const otherwise = node.caseBlock.clauses.find(ts.isDefaultClause)
  return otherwise !== undefined && otherwise.statements.length > 0
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return (
    (ts.isFunctionDeclaration(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isConstructorDeclaration(node) ||
      ts.isArrowFunction(node)) &&
    node.body !== undefined
  )
}

function hasConfusableArguments(node: ts.FunctionLikeDeclaration, tree: ts.SourceFile): boolean {
  if (node.parameters.length < 4) return false
  const types = node.parameters.flatMap(
    (one) => one.type?.getText(tree).replace(/^(PeerKey|WalletKey)$/, 'string') ?? [],
  )
  return new Set(types).size < types.length
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  return node.name?.getText() ?? 'a function'
}
