/**
 * Reads the settings: flag > environment > project file (`weft.yaml` in the working folder) > the user's `config.yaml`
 * > default. Every value knows where it came from, so that `weft config list` and every complaint can say so.
 */
import { readFileSync, statSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'
import { defaultSettings } from './defaults.ts'
import { type Paths, pathsFor } from './paths.ts'
import { environmentName, isSettingName, type SettingName, type Settings, settings } from './schema.ts'

/** Name of the project's file. */
const PROJECT_FILE = 'weft.yaml'
const FILE_BYTES_MAX = 256 * 1_024

/** Where a value came from. `name` is the flag, the variable, or the file's path. */
export type Source =
  | { readonly kind: 'flag' | 'env' | 'project' | 'user'; readonly name: string }
  | { readonly kind: 'default' }

export interface Config {
  readonly settings: Settings
  readonly sources: { readonly [K in SettingName | 'home']: Source }
  readonly paths: Paths
}

/** What settings are read from; the command line passes the process's own. */
export interface ConfigInputs {
  /** Values by setting name (or `home`), as given on the command line; `undefined` is not given. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Working folder. */
  readonly cwd: string
  readonly machine?: { readonly cores: number; readonly memoryBytes: number }
}

/** A place that gives values, before they are checked. */
interface Layer {
  readonly values: ReadonlyMap<string, unknown>
  readonly source: (name: string) => Source
}

/**
 * The settings that hold. CONFIG_INVALID names the setting, where its value came from and what it should look like;
 * also for a name that no setting has. Empty environment variables count as not set. A `home` in the project's file is
 * relative to that file.
 */
export function loadConfig(inputs: ConfigInputs): Config {
  const flags = flagLayer(inputs.flags)
  const env = envLayer(inputs.env)
  const project = fileLayer('project', resolve(inputs.cwd, PROJECT_FILE))
  const home = findHome([flags, env, project], inputs.cwd)
  const paths = pathsFor(home.value)
  const layers = [flags, env, project, fileLayer('user', paths.config)]
  const machine = inputs.machine ?? { cores: availableParallelism(), memoryBytes: totalmem() }
  const found = resolveSettings(layers, defaultSettings(machine))
  return { settings: found.settings, sources: { ...found.sources, home: home.source }, paths }
}

/** `flag --port`, `environment variable WEFT_API_PORT`, `weft.yaml` in words for people. */
export function describeSource(source: Source): string {
  if (source.kind === 'default') return 'default'
  return (
    { flag: 'flag ', env: 'environment variable ', project: 'project file ', user: 'user file ' }[source.kind] +
    source.name
  )
}

function resolveSettings(
  layers: readonly Layer[],
  defaults: Settings,
): Pick<Config, 'settings'> & { sources: Record<SettingName, Source> } {
  const pick = <K extends SettingName>(name: K): { value: Settings[K]; source: Source } => {
    for (const layer of layers) {
      if (!layer.values.has(name)) continue
      const parse: z.ZodType<unknown> = settings[name].parse
      const parsed = parse.safeParse(layer.values.get(name))
      if (!parsed.success) throw invalid(name, layer, settings[name].form)
      return { value: parsed.data as Settings[K], source: layer.source(name) }
    }
    return { value: defaults[name], source: { kind: 'default' } }
  }
  const names = Object.keys(settings).filter(isSettingName)
  const picked = names.map((name) => [name, pick(name)] as const)
  return {
    settings: Object.fromEntries(picked.map(([name, { value }]) => [name, value])) as unknown as Settings,
    sources: Object.fromEntries(picked.map(([name, { source }]) => [name, source])) as Record<SettingName, Source>,
  }
}

function findHome(layers: readonly Layer[], cwd: string): { value: string | undefined; source: Source } {
  for (const layer of layers) {
    if (!layer.values.has('home')) continue
    const value = layer.values.get('home')
    const source = layer.source('home')
    if (typeof value !== 'string' || value.trim() === '') throw invalid('home', layer, 'the path of a folder')
    return { value: resolve(cwd, value), source }
  }
  return { value: undefined, source: { kind: 'default' } }
}

function flagLayer(flags: Readonly<Record<string, unknown>>): Layer {
  const values = new Map(Object.entries(flags).filter(([name, value]) => value !== undefined && known(name)))
  return {
    values,
    source: (name) => ({ kind: 'flag', name: `--${flagNames[name] ?? kebab(name)}` }),
  }
}

/** Flags that are called otherwise than their setting. */
const flagNames: Readonly<Record<string, string>> = {
  apiHost: 'host',
  apiPort: 'port',
  memoryBytes: 'memory',
  pricePerSecond: 'price',
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function envLayer(env: Readonly<Record<string, string | undefined>>): Layer {
  const names = Object.keys(settings).filter(isSettingName)
  const variables: [string, string][] = [
    ['home', 'WEFT_HOME'],
    ...names.map((n): [string, string] => [n, environmentName(n)]),
  ]
  const values = variables.map(([name, variable]) => [name, env[variable]] as const)
  return {
    values: new Map(values.filter(([, value]) => value !== undefined && value !== '')),
    source: (name) => ({ kind: 'env', name: new Map(variables).get(name) ?? name }),
  }
}

function fileLayer(kind: 'project' | 'user', path: string): Layer {
  const source: Source = { kind, name: path }
  const text = readText(path, source)
  const document = parseDocument(text, { uniqueKeys: true })
  const problem = document.errors[0]
  if (problem !== undefined)
    throw new WeftError('CONFIG_INVALID', `${describeSource(source)} is not YAML: ${problem.message}`, {
      cause: problem,
    })
  const parsed = z.record(z.string(), z.unknown()).safeParse(document.toJS({ maxAliasCount: 16 }) ?? {})
  if (!parsed.success)
    throw new WeftError(
      'CONFIG_INVALID',
      `${describeSource(source)} does not hold settings: expected "name: value" lines`,
    )
  for (const name of Object.keys(parsed.data)) {
    if (!known(name) || (name === 'home' && kind === 'user')) throw unknownSetting(name, source)
  }
  return { values: new Map(Object.entries(parsed.data)), source: () => source }
}

function readText(path: string, source: Source): string {
  try {
    if (statSync(path).size > FILE_BYTES_MAX)
      throw new WeftError('CONFIG_INVALID', `${describeSource(source)} is too long for settings`)
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return ''
    if (cause instanceof WeftError) throw cause
    throw new WeftError('CONFIG_INVALID', `${describeSource(source)} cannot be read`, { cause })
  }
}

function known(name: string): boolean {
  return name === 'home' || isSettingName(name)
}

function invalid(name: string, layer: Layer, form: string): WeftError {
  const value = layer.values.get(name)
  const source = layer.source(name)
  const shown = JSON.stringify(typeof value === 'bigint' ? String(value) : value)?.slice(0, 80)
  return new WeftError('CONFIG_INVALID', `${name} (${describeSource(source)}) is ${shown}, expected ${form}`, {
    data: { setting: name, source: describeSource(source), expected: form },
  })
}

function unknownSetting(name: string, source: Source): WeftError {
  const near = Object.keys(settings).find(
    (candidate) => candidate.toLowerCase() === name.replace(/[-_]/g, '').toLowerCase(),
  )
  const hint = near === undefined ? `there are ${Object.keys(settings).join(', ')}` : `did you mean ${near}?`
  return new WeftError('CONFIG_INVALID', `${name} in ${describeSource(source)} is not a setting: ${hint}`, {
    data: { setting: name, source: describeSource(source) },
  })
}
