/** Runs one program in a fresh CPython, on this thread, to its end. */
import { ConsoleStdout, type Fd, File, OpenFile, PreopenDirectory, type WASI } from '@bjorn3/browser_wasi_shim'
import type { OutputStream } from '#node/ports/executor.ts'
import { LimitReached } from '../kit/limit-reached.ts'
import { LimitedOutput } from '../kit/limited-output.ts'
import type { End } from '../kit/messages.ts'
import { Disk } from '../kit/wasi/disk.ts'
import { createSystem } from '../kit/wasi/system.ts'
import type { RunRequest } from './messages.ts'

/**
 * What a program finds in its environment. Nothing of the host's. The hash seed makes the order of sets and of
 * dictionaries' keys agree; `PYTHONPATH` holds the file that makes /job the working folder.
 */
const ENVIRONMENT = [
  'HOME=/job',
  'LANG=C.UTF-8',
  'PYTHONDONTWRITEBYTECODE=1',
  'PYTHONHASHSEED=0',
  'PYTHONPATH=/weft',
  'PYTHONUTF8=1',
  'TMPDIR=/tmp',
  'TZ=UTC',
]
const START_UP = 'import os, sys\nos.chdir("/job")\nsys.path.remove("/weft")\n'

/**
 * Runs the program of `request` in `module`; `write` gets what it prints, in order. Blocks until it ended. Never
 * throws.
 */
export function interpret(
  request: RunRequest,
  module: WebAssembly.Module,
  write: (stream: OutputStream, chunk: Uint8Array) => void,
): End {
  const printed = new LimitedOutput(request.outputBytes, write)
  const disk = new Disk(request.files, request.program, () => printed.bytesLeft)
  const system = createSystem({
    args: ['python', `/job/${request.program}`, ...request.args],
    environment: ENVIRONMENT,
    fds: descriptors(request, disk, printed),
    seed: `weft python random\0${request.seed}`,
  })
  disk.fds = system.fds
  let memory: WebAssembly.Memory | undefined
  try {
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: system.wasiImport })
    memory = instance.exports['memory'] instanceof WebAssembly.Memory ? instance.exports['memory'] : undefined
    const code = startInstance(system, instance) & 255
    return judge({ request, code, disk, memory, lastLine: printed.lastErrorLine() })
  } catch (error) {
    return judgeThrown({ request, error, disk, memory })
  }
}

function descriptors(request: RunRequest, disk: Disk, printed: LimitedOutput): Fd[] {
  const startUp = new File(Buffer.from(START_UP), { readonly: true })
  return [
    new OpenFile(new File(Buffer.from(request.stdin), { readonly: true })),
    new ConsoleStdout((chunk) => printed.add('stdout', chunk)),
    new ConsoleStdout((chunk) => printed.add('stderr', chunk)),
    disk.job,
    disk.temporary,
    new PreopenDirectory('/weft', new Map([['sitecustomize.py', startUp]])),
  ]
}

function startInstance(system: WASI, instance: WebAssembly.Instance): number {
  const { memory, _start } = instance.exports
  if (!(memory instanceof WebAssembly.Memory) || typeof _start !== 'function')
    throw new TypeError('the module is no WASI program')
  return system.start({ exports: { memory, _start: () => _start() } })
}

interface Ended {
  readonly request: RunRequest
  readonly disk: Disk
  readonly memory: WebAssembly.Memory | undefined
}

function judge({ request, code, disk, memory, lastLine }: Ended & { code: number; lastLine: string }): End {
  if (code === 0) return { kind: 'exit', code, lastLine, files: disk.results() }
  if (/^MemoryError\b/.test(lastLine) || (!disk.begun && isMemoryShort(request, memory))) return OUT_OF_MEMORY
  if (!disk.begun) return { kind: 'broken', reason: `python did not start: ${lastLine}` }
  return { kind: 'exit', code, lastLine, files: [] }
}

function judgeThrown({ request, error, disk, memory }: Ended & { error: unknown }): End {
  if (error instanceof LimitReached) return { kind: 'limit', code: error.code, reason: error.message }
  if (isMemoryShort(request, memory)) return OUT_OF_MEMORY
  const reason = error instanceof Error ? error.message : String(error)
  if (!disk.begun) return { kind: 'broken', reason: `python did not start: ${reason}` }
  return { kind: 'crash', reason }
}

/**
 * An allocation failed and less than a sixteenth of the memory was left: the usual end of a native allocation failure.
 */
function isMemoryShort(request: RunRequest, memory: WebAssembly.Memory | undefined): boolean {
  return memory !== undefined && memory.buffer.byteLength > request.memoryBytes - request.memoryBytes / 16
}

const OUT_OF_MEMORY: End = {
  kind: 'limit',
  code: 'MEMORY_LIMIT',
  reason: 'the program needed more memory than its limit',
}
