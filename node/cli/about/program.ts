/** Commands about the command `weft` itself. */
import type { Command } from 'commander'
import { define } from '../command/define.ts'

/** Error codes, completion, version. */
export function addAboutCommands(program: Command): void {
  define(program, {
    usage: 'explain [code]',
    description: 'what an error code means, and what to do',
    load: () => import('./explain.ts').then((m) => m.explain),
  })
  define(program, {
    usage: 'completion <shell>',
    description: 'print the completion script: bash, zsh or fish',
    load: () => import('./completion.ts').then((m) => m.completion(program)),
  })
  define(program, {
    usage: 'version',
    description: 'print the version',
    load: () => import('./version.ts').then((m) => m.versionCommand),
  })
}
