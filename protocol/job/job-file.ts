/**
 * Reads a job file: YAML or JSON text in, a {@link JobDraft} or a list of errors with their positions out. Nothing is
 * read from disk here: the caller resolves the local paths, signs, and fills in what a file cannot know.
 */
import { type Document, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { limits } from '../limits.ts'
import { DEFAULT_POLICY, type PolicyName } from '../placement/policies.ts'
import { utf8 } from '../wire/hash.ts'
import { type JobFile, jobFileSchema, keysAt } from './job-file-schema.ts'
import { nearestName } from './nearest.ts'
import { locate } from './position.ts'
import { excess } from './shape.ts'
import type { Comparator, JobSpec, Requirements } from './spec.ts'

/** A job as its file describes it: defaults set, units resolved, not yet signed. */
export interface JobDraft {
  readonly version: 1
  readonly name: string
  readonly engine: JobSpec['engine']
  /** Engine parameters that are the text of a local file, to be added to `engine.params`. */
  readonly paramFiles: readonly { readonly param: string; readonly file: string }[]
  /** `path`: where the program sees it; `file`: the local path, as written. */
  readonly inputs: readonly { readonly path: string; readonly file: string }[]
  readonly requirements: Requirements
  readonly replicas: number
  readonly comparator: Comparator
  /** Micro-credits. */
  readonly priceMax: bigint
  /** Milliseconds from signing to the deadline. */
  readonly deadlineMs: number
  readonly policy: PolicyName
}

/** One thing that is wrong with a job file. */
export interface JobFileError {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** Where in the file's structure: `requirements.time`; empty at the top. */
  readonly path: string
  readonly message: string
}

/** What reading a job file gives: the draft, or all that is wrong with it. */
export type JobFileResult =
  /** `replicasGiven`: the file says how many it wants; else the number is the default. */
  | { readonly ok: true; readonly draft: JobDraft; readonly replicasGiven: boolean }
  /** 1 to 32, in the order of the file. */
  | { readonly ok: false; readonly errors: readonly JobFileError[] }

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

const defaults = {
  name: 'job',
  timeMs: 30 * SECOND_MS,
  memoryBytes: 256 * 1_024 * 1_024,
  replicas: 3,
  priceMax: 1_000_000n,
  deadlineMs: 10 * MINUTE_MS,
} as const

/** Reads `text`. Never throws; the text is at most `limits.jobBytes` long. */
export function readJobFile(text: string): JobFileResult {
  if (utf8(text).length > limits.jobBytes) return failed([top(`a job file has at most ${limits.jobBytes} bytes`)])
  const lines = new LineCounter()
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  try {
    const tooMuch = excess(text, lines.addNewLine)
    if (tooMuch !== undefined) return failed([{ ...at(tooMuch.offset), path: '', message: tooMuch.message }])
    return readDocument(parseDocument(text, { prettyErrors: false, stringKeys: true }), at)
  } catch {
    return failed([top('the file refers to itself too often')])
  }
}

function readDocument(document: Document.Parsed, at: (offset: number) => Position): JobFileResult {
  if (document.errors.length > 0) {
    return failed(document.errors.map(({ pos, message }) => ({ ...at(pos[0]), path: '', message })))
  }
  const error = ({ path, key, message }: Finding): JobFileError => {
    const position = at(locate(document, path, key))
    return { ...position, path: [...path, ...(key === undefined ? [] : [key])].join('.'), message }
  }
  const parsed = jobFileSchema.safeParse(document.toJS({ maxAliasCount: ALIASES_MAX }), { reportInput: true })
  if (!parsed.success) return failed(parsed.error.issues.flatMap((issue) => findings(issue)).map(error))
  const conflicts = conflictsIn(parsed.data)
  if (conflicts.length > 0) return failed(conflicts.map(error))
  return { ok: true, draft: draftOf(parsed.data), replicasGiven: parsed.data.replicas !== undefined }
}

type Position = Pick<JobFileError, 'line' | 'column'>

/** Errors that are listed; one slip can cause many. */
const ERRORS_MAX = 32
/** Nodes that aliases may multiply; bounds a small file that would grow large. */
const ALIASES_MAX = 100

interface Finding {
  readonly path: readonly PropertyKey[]
  /** The key itself is wrong, not its value. */
  readonly key?: string
  readonly message: string
}

/** The findings in one issue of the schema. Of a union, those of the alternative that was meant. */
function findings(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): Finding[] {
  const path = [...above, ...issue.path]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path, key, message: unknownKey(key, keysAt(path)) }))
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, message }))
    case 'invalid_union': {
      const meant = issue.errors.find((alternative) =>
        alternative.every((inner) => inner.path.length > 0 || isKeyIssue(inner)),
      )
      if (meant === undefined) return [{ path, message: unionMessage(issue) }]
      return meant.flatMap((inner) => findings(inner, path))
    }
    default:
      return [{ path, message: issue.input === undefined || issue.input === null ? missing(path) : issue.message }]
  }
}

function missing(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file is empty' : `"${String(path.at(-1))}" is missing`
}

function isKeyIssue(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'unrecognized_keys'
}

function unionMessage({ path, message }: z.core.$ZodIssueInvalidUnion): string {
  const isComparator = path[0] === 'comparator' || path[0] === 'type'
  return isComparator ? 'expected exact, or a type of exact, numeric or semantic' : message
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearestName(key, known)
  return meant === undefined ? `unknown key "${key}"` : `unknown key "${key}"; did you mean "${meant}"?`
}

/** As in the signed form, see `jobSpecSchema`. */
const PARAM_NAME_MAX = 64

/** What no single key shows to be wrong. */
function conflictsIn({ engine, inputs, requirements, deadline }: JobFile): Finding[] {
  const found: Finding[] = []
  const time = requirements?.time
  if (time !== undefined && deadline !== undefined && time >= deadline) {
    found.push({ path: ['requirements', 'time'], message: 'expected a time shorter than the deadline' })
  }
  if (engine.file !== undefined && engine['code'] !== undefined) {
    found.push({ path: ['engine', 'file'], message: 'expected either file or code, not both' })
  }
  const long = Object.keys(engine).find((param) => param.length > PARAM_NAME_MAX)
  if (long !== undefined) {
    found.push({ path: ['engine'], key: long, message: `expected a name of at most ${PARAM_NAME_MAX} characters` })
  }
  const files = Object.keys(inputs ?? {}).length
  if (files > limits.jobInputFiles) {
    found.push({ path: ['inputs'], message: `expected at most ${limits.jobInputFiles} files, not ${files}` })
  }
  return found
}

function draftOf(file: JobFile): JobDraft {
  const { requirements: needs, deadline } = file
  const timeMs =
    needs?.time ?? Math.min(defaults.timeMs, Math.max(1, Math.floor((deadline ?? defaults.deadlineMs) / 2)))
  const deadlineMs = deadline ?? Math.min(limits.deadlineMaxMs, Math.max(defaults.deadlineMs, 2 * timeMs))
  return {
    version: 1,
    name: file.name ?? defaults.name,
    ...engineOf(file.engine),
    inputs: Object.entries(file.inputs ?? {}).map(([path, local]) => ({ path, file: local })),
    requirements: {
      timeMs,
      memoryBytes: needs?.memory ?? defaults.memoryBytes,
      regions: needs?.regions ?? [],
      gpuMemoryBytes: needs?.gpuMemory ?? 0,
      models: needs?.models ?? [],
    },
    replicas: file.replicas ?? defaults.replicas,
    comparator: file.comparator ?? { type: 'exact' },
    priceMax: file.priceMax ?? defaults.priceMax,
    deadlineMs,
    policy: file.policy ?? DEFAULT_POLICY,
  }
}

function engineOf({ type, file, ...others }: JobFile['engine']): Pick<JobDraft, 'engine' | 'paramFiles'> {
  const params: Record<string, string | number | readonly string[]> = {}
  const paramFiles = file === undefined ? [] : [{ param: 'code', file }]
  for (const [param, value] of Object.entries(others)) {
    if (typeof value === 'object' && 'file' in value) paramFiles.push({ param, file: value.file })
    else params[param] = value
  }
  return { engine: { type, params }, paramFiles }
}

function top(message: string): JobFileError {
  return { line: 1, column: 1, path: '', message }
}

function failed(errors: readonly JobFileError[]): JobFileResult {
  const ordered = errors.map((error, i) => ({ error, i }))
  ordered.sort((a, b) => a.error.line - b.error.line || a.error.column - b.error.column || a.i - b.i)
  return { ok: false, errors: ordered.slice(0, ERRORS_MAX).map(({ error }) => error) }
}
