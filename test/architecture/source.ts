/** What the sources import and which globals they touch, read with the TypeScript compiler's parser. */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The package's `imports` map: `#protocol/x.ts` is `protocol/x.ts`. */
const ALIASES = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).imports as Record<string, string>

export interface Source {
  /** Path from the repository's root, with slashes. */
  readonly path: string
  /** Paths of our own files, types included. */
  readonly files: readonly string[]
  /** Those of them that are loaded before this one: neither types nor `import()`. */
  readonly loads: readonly string[]
  /** Names of packages, and of Node's modules as `node:fs`. */
  readonly packages: readonly string[]
  /** Free names and what is taken of them, such as `Date`, `Date.now`, `Math.random` and methods, as `.localeCompare`. */
  readonly names: ReadonlySet<string>
}

/** Every source file below the given folders. */
export function readSources(folders: readonly string[]): Source[] {
  return folders.flatMap((folder) => walk(folder)).map((path) => parse(path, readFileSync(join(ROOT, path), 'utf8')))
}

/** One file's source. */
export function parse(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const files: string[] = []
  const loads: string[] = []
  const packages: string[] = []
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) {
      const file = resolve(path, specifier)
      if (file === undefined) packages.push(packageOf(specifier))
      else files.push(file)
      if (file !== undefined && isLoaded(node)) loads.push(file)
    }
    for (const name of namesOf(node)) names.add(name)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { path, files, loads, packages, names }
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|mts|mjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length).replaceAll('\\', '/'))
}

function specifierOf(node: ts.Node): string | undefined {
  const named =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined
  return named !== undefined && ts.isStringLiteralLike(named) ? named.text : undefined
}

function isLoaded(node: ts.Node): boolean {
  if (ts.isExportDeclaration(node)) return !node.isTypeOnly
  return ts.isImportDeclaration(node) && node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword
}

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier))
  for (const [alias, target] of Object.entries(ALIASES)) {
    const prefix = alias.slice(0, -1)
    if (specifier.startsWith(prefix)) return posix.join(target.slice(2, -1), specifier.slice(prefix.length))
  }
  return undefined
}

function packageOf(specifier: string): string {
  if (builtinModules.includes(specifier)) return `node:${specifier}`
  if (specifier.startsWith('node:')) return specifier
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function namesOf(node: ts.Node): string[] {
  if (!ts.isIdentifier(node)) return []
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return [`.${node.text}`]
  const declares = 'name' in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent)
  if (declares) return []
  if (ts.isPropertyAccessExpression(parent)) return [node.text, `${node.text}.${parent.name.text}`]
  return [node.text]
}
