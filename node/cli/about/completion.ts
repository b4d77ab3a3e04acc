import type { Command } from 'commander'
import { WeftError } from '#protocol/errors.ts'
import type { CommandAction } from '../command/define.ts'

/** `weft completion <shell>`: a script that completes the commands and options of `program`. */
export function completion(program: Command): CommandAction {
  return async (output, _options, [shell = '']) => {
    const script = { bash, zsh, fish }[shell]
    if (script === undefined)
      throw new WeftError('USAGE', `${shell} is not bash, zsh or fish`, { data: { next: 'weft completion bash' } })
    const text = script(vocabularyOf(program))
    output.answer({ shell, script: text }, () => output.data(text))
    return 0
  }
}

interface Word {
  /** Commands before it: empty, or `job`. */
  readonly parent: string
  readonly name: string
  readonly description: string
  readonly options: readonly string[]
}

function vocabularyOf(program: Command): Word[] {
  const all = program.commands.flatMap((command) => [
    { parent: '', command },
    ...command.commands.map((child) => ({ parent: command.name(), command: child })),
  ])
  return all
    .filter(({ command }) => command.name() !== 'demo')
    .map(({ parent, command }) => ({
      parent,
      name: command.name(),
      description: command.description().replace(/['"`\\$:[\]]/g, ''),
      options: command.options.flatMap((option) => (option.hidden || option.long === undefined ? [] : [option.long])),
    }))
}

const namesIn = (words: readonly Word[], parent: string): string =>
  words
    .filter((word) => word.parent === parent)
    .map((word) => word.name)
    .join(' ')

function bash(words: readonly Word[]): string {
  const cases = words.flatMap((word) => {
    const inner = namesIn(words, word.parent === '' ? word.name : ' ')
    const path = word.parent === '' ? word.name : `${word.parent} ${word.name}`
    return [`    "${path}") words="${[inner, ...word.options].join(' ').trim()}" ;;`]
  })
  const parents = [...new Set(words.map((word) => word.parent))]
  const names = parents.map((parent) => namesIn(words, parent)).join(' ')
  return `# eval "$(weft completion bash)"
_weft() {
  local words current="\${COMP_WORDS[COMP_CWORD]}" path="" i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    [[ "\${COMP_WORDS[i]}" == -* ]] && break
    case " ${names} " in
      *" \${COMP_WORDS[i]} "*) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path" in
    "") words="${namesIn(words, '')} --help --version" ;;
${cases.join('\n')}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _weft weft
`
}

function zsh(words: readonly Word[]): string {
  return `#compdef weft
# eval "$(weft completion zsh)"
autoload -U +X bashcompinit && bashcompinit
${bash(words)}`
}

function fish(words: readonly Word[]): string {
  const lines = words.flatMap(({ parent, name, description, options }) => {
    const seen = parent === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${parent}`
    const own = options.map(
      (option) => `complete -c weft -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
    )
    return [`complete -c weft -f -n '${seen}' -a ${name} -d '${description}'`, ...own]
  })
  return `# weft completion fish | source\n${lines.join('\n')}\n`
}
