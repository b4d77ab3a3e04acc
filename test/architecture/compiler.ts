/** The TypeScript compiler on the code, with files that are other in memory than on disk. What did not change is parsed once. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export class Compiler {
  readonly #roots: readonly string[]
  readonly #options: ts.CompilerOptions
  readonly #sources = new Map<string, ts.SourceFile | undefined>()
  #program: ts.Program | undefined

  /** `roots`: files from which all that are asked for can be reached. All paths are from the repository's root. */
  constructor(roots: readonly string[]) {
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
    this.#options = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT).options
    this.#roots = roots
  }

  read(file: string): string {
    return readFileSync(join(ROOT, file), 'utf8')
  }

  /** What the compiler says of a file, or of all in a folder, where the files of `changed` have that text. */
  errors(path: string, changed: ReadonlyMap<string, string> = new Map()): string[] {
    const program = ts.createProgram({
      rootNames: this.#roots.map((root) => join(ROOT, root)),
      options: this.#options,
      host: this.#host(changed),
      ...(this.#program === undefined ? {} : { oldProgram: this.#program }),
    })
    if (changed.size === 0) this.#program = program
    const sources = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(ROOT, path)))
    if (sources.length === 0) return [`${path} is not there`]
    return sources
      .flatMap((source) => [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)])
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  }

  /** Switches over a union of literals whose end does not prove that nothing is left, as file and line. */
  incompleteSwitches(folders: readonly string[]): string[] {
    this.errors(folders[0] ?? '')
    const checker = this.#program?.getTypeChecker()
    const found: string[] = []
    const seen = new Set<string>()
    for (const source of this.#program?.getSourceFiles() ?? []) {
      const path = source.fileName.slice(ROOT.length)
      const folder = folders.find((one) => path.startsWith(one))
      if (checker === undefined || folder === undefined) continue
      seen.add(folder)
      const visit = (node: ts.Node): void => {
        if (ts.isSwitchStatement(node) && isOverLiterals(checker.getTypeAtLocation(node.expression))) {
          const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
          if (!provesNothingLeft(node)) found.push(`${path}:${line}`)
        }
        ts.forEachChild(node, visit)
      }
      visit(source)
    }
    return [...found, ...folders.filter((folder) => !seen.has(folder)).map((folder) => `nothing of ${folder} was read`)]
  }

  #host(changed: ReadonlyMap<string, string>): ts.CompilerHost {
    const texts = new Map([...changed].map(([file, text]) => [join(ROOT, file), text]))
    const host = ts.createCompilerHost(this.#options, true)
    const parse = host.getSourceFile.bind(host)
    host.getSourceFile = (name, target, ...rest) => {
      const text = texts.get(name)
      if (text !== undefined) return ts.createSourceFile(name, text, target, true)
      if (!this.#sources.has(name)) this.#sources.set(name, parse(name, target, ...rest))
      return this.#sources.get(name)
    }
    return host
  }
}

function isOverLiterals(type: ts.Type): boolean {
  return type.isUnion() && type.types.every(({ flags }) => (flags & ts.TypeFlags.Unit) !== 0)
}

/** True if the default clause itself, not a switch inside of another one, says that nothing is left. */
function provesNothingLeft(node: ts.SwitchStatement): boolean {
  return /satisfies never/.test(node.caseBlock.clauses.find(ts.isDefaultClause)?.getText() ?? '')
}
