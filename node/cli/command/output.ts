/** What a command prints: data to stdout, messages to stderr; with `--json` one document on stdout and nothing else. */
import type pc from 'picocolors'
import { createColors } from './colour.ts'
import { describeError, exitOf } from './errors.ts'

/** Version of the shape of every JSON document. */
const SCHEMA_VERSION = 1

export interface OutputOptions {
  readonly json: boolean
  /** `--no-color`. */
  readonly noColour?: boolean
}

export class Output {
  readonly json: boolean
  /** True if stderr is a terminal that may be redrawn. */
  readonly live: boolean
  readonly #noColour: boolean

  constructor({ json, noColour = false }: OutputOptions) {
    this.json = json
    this.#noColour = noColour || process.env['TERM'] === 'dumb'
    this.live = !json && process.stderr.isTTY === true && process.env['TERM'] !== 'dumb'
  }

  /** Colours for stdout. */
  get colour(): ReturnType<typeof pc.createColors> {
    return createColors(process.stdout, this.#noColour)
  }

  /** Colours for stderr. */
  get messageColour(): ReturnType<typeof pc.createColors> {
    return createColors(process.stderr, this.#noColour)
  }

  /** Data as it is. Text of other peers loses its control characters on a terminal. */
  data(bytes: Uint8Array | string): void {
    if (!process.stdout.isTTY) process.stdout.write(bytes)
    else process.stdout.write(printable(typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)))
  }

  /** A line of data of our own, colours included. */
  line(text = ''): void {
    process.stdout.write(`${text}\n`)
  }

  /** The command's answer: `value` with `--json`, else what `print` writes. */
  answer(value: object, print: () => void): void {
    if (this.json) this.line(jsonText({ schemaVersion: SCHEMA_VERSION, ...value }))
    else print()
  }

  /** A message for people, on stderr; none with `--json`. */
  note(text: string): void {
    if (!this.json) process.stderr.write(`${text}\n`)
  }

  /** Text of another peer, on stderr. */
  foreign(text: string): void {
    if (!this.json) process.stderr.write(process.stderr.isTTY ? printable(text) : text)
  }

  /** Prints an error in three lines (what, why, the next command), or as a document, and gives its exit status. */
  fail(error: unknown, extra: object = {}): number {
    const described = describeError(error)
    if (this.json) this.line(jsonText({ schemaVersion: SCHEMA_VERSION, error: described, ...extra }))
    else {
      const { red, bold, dim, cyan } = this.messageColour
      process.stderr.write(`${red('error')} ${bold(described.code)}: ${described.title}\n`)
      process.stderr.write(`  ${dim('why:')}  ${printable(described.message)}\n`)
      process.stderr.write(`  ${dim('next:')} ${cyan(described.hint)}\n`)
    }
    return exitOf(described.code)
  }
}

/** JSON on one line; bigints as decimal text. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
}

/** `text` without control characters but tab and line feed: what strangers wrote must not drive a terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
}
