/**
 * The files that a program sees: in memory, bounded, and its own. What counts is what can be reached (from the folders
 * or an open file) at the moment of the check, so that renaming, linking and deleting need no book-keeping; a check
 * walks the tree, and happens only when enough was written since the last one that a limit could be passed.
 */
import { Directory, type Fd, File, type Inode, OpenFile, PreopenDirectory, wasi } from '@bjorn3/browser_wasi_shim'
import type { OutputFile } from '#node/ports/executor.ts'
import { bounds } from '../bounds.ts'
import { LimitReached } from '../limit-reached.ts'

/** All files of one run. `out` becomes the result. */
export class Disk {
  readonly job: PreopenDirectory
  readonly temporary: PreopenDirectory
  /** The run's open files, set once they exist. */
  fds: readonly (Fd | undefined)[] = []
  /** True once the program's file was opened: from then on, failures are the program's. */
  begun = false
  readonly #out: DiskFolder
  readonly #roots: readonly Directory[]
  readonly #outBytesMax: () => number
  #grownBytes = Number.POSITIVE_INFINITY
  #created = 0
  #usage = { outBytes: 0, allBytes: 0, entries: 0 }

  /** `outBytesMax` says how many bytes of results are left to the run at that moment. */
  constructor(files: readonly OutputFile[], program: string, outBytesMax: () => number) {
    this.#outBytesMax = outBytesMax
    this.#out = new DiskFolder(this)
    const job = new DiskFolder(this)
    job.contents.set('out', this.#out)
    for (const file of files) job.add(file.path.split('/'), new DiskFile(this, file.bytes, file.path === program))
    const temporary = new DiskFolder(this)
    this.#roots = [job, temporary]
    this.job = preopen('/job', job)
    this.temporary = preopen('/tmp', temporary)
  }

  /**
   * Whether `file` may grow by `bytes`: false means that the disk is full. Throws {@link LimitReached} if the results
   * get too large.
   */
  mayGrow(file: DiskFile, bytes: number): boolean {
    this.#grownBytes += bytes
    const { outBytes, allBytes } = this.#usage
    if (outBytes + this.#grownBytes <= this.#outBytesMax() && allBytes + this.#grownBytes <= bounds.diskBytes)
      return true
    const outFiles = this.#measure()
    const outAfter = this.#usage.outBytes + (outFiles.has(file) ? bytes : 0)
    if (outAfter > this.#outBytesMax()) throw tooMuchOutput()
    if (this.#usage.allBytes + bytes > bounds.diskBytes) return false
    this.#grownBytes = bytes
    return true
  }

  /** Counts a new file or folder. Throws {@link LimitReached} if there are too many. */
  countEntry(): void {
    this.#created += 1
    if (this.#usage.entries + this.#created <= bounds.diskEntries) return
    this.#measure()
    if (this.#usage.entries >= bounds.diskEntries)
      throw new LimitReached('OUTPUT_LIMIT', `the program keeps more than ${bounds.diskEntries} files`)
  }

  /**
   * The files under `out`, sorted by path. Throws {@link LimitReached} if they are more than what is left to the run.
   */
  results(): OutputFile[] {
    const results: OutputFile[] = []
    let bytes = 0
    for (const { path, inode } of walk([this.#out])) {
      if (!(inode instanceof DiskFile)) continue
      bytes += inode.data.length
      if (bytes > this.#outBytesMax()) throw tooMuchOutput()
      if (!PORTABLE_PATH.test(path)) throw new LimitReached('OUTPUT_LIMIT', NOT_PORTABLE)
      results.push({ path, bytes: Uint8Array.from(inode.data) })
    }
    return results.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** Walks everything that can be reached; returns the files under `out`. */
  #measure(): Set<Inode> {
    const out = new Set<Inode>()
    const all = new Set<Inode>()
    let outBytes = 0
    for (const { inode } of walk([this.#out])) {
      out.add(inode)
      if (inode instanceof DiskFile) outBytes += inode.data.length
    }
    for (const { inode } of walk(this.#roots)) all.add(inode)
    for (const fd of this.fds) if (fd instanceof OpenFile) all.add(fd.file)
    let allBytes = 0
    for (const inode of all) if (inode instanceof DiskFile) allBytes += inode.data.length
    this.#usage = { outBytes, allBytes, entries: all.size }
    this.#grownBytes = 0
    this.#created = 0
    return out
  }
}

/** A file whose growth the disk allows. `data` is exactly its content; the room behind it grows by doubling. */
class DiskFile extends File {
  readonly #disk: Disk
  readonly #isProgram: boolean

  constructor(disk: Disk, bytes: Uint8Array, isProgram = false) {
    super(bytes)
    this.#disk = disk
    this.#isProgram = isProgram
  }

  override path_open(oflags: number, _rights: bigint, flags: number): { ret: number; fd_obj: OpenFile } {
    if (this.#isProgram) this.#disk.begun = true
    if ((oflags & wasi.OFLAGS_TRUNC) !== 0) this.data = new Uint8Array(0)
    return { ret: wasi.ERRNO_SUCCESS, fd_obj: new OpenDiskFile(this, (flags & wasi.FDFLAGS_APPEND) !== 0) }
  }

  /** Writes `bytes` at `offset`; the error number of WASI. */
  write(bytes: Uint8Array, offset: bigint): number {
    const error = this.extend(offset + BigInt(bytes.length))
    if (error === wasi.ERRNO_SUCCESS) this.data.set(bytes, Number(offset))
    return error
  }

  /** Makes the file at least `size` bytes long; the error number of WASI. */
  extend(size: bigint): number {
    const before = this.data.length
    if (size <= BigInt(before)) return wasi.ERRNO_SUCCESS
    const after = Number(size)
    if (!this.#disk.mayGrow(this, after - before)) return wasi.ERRNO_NOSPC
    const room = this.data.buffer.byteLength - this.data.byteOffset
    if (room < after) {
      const grown = new Uint8Array(Math.max(after, Math.min(2 * before, bounds.diskBytes)))
      grown.set(this.data)
      this.data = grown.subarray(0, after)
    } else {
      this.data = new Uint8Array(this.data.buffer, this.data.byteOffset, after).fill(0, before)
    }
    return wasi.ERRNO_SUCCESS
  }

  /** Cuts the file to `size` bytes or fills it up with zeros; the error number of WASI. */
  resize(size: bigint): number {
    if (size > BigInt(this.data.length)) return this.extend(size)
    this.data = this.data.slice(0, Number(size))
    return wasi.ERRNO_SUCCESS
  }
}

class OpenDiskFile extends OpenFile {
  readonly #file: DiskFile
  readonly #append: boolean

  constructor(file: DiskFile, append: boolean) {
    super(file)
    this.#file = file
    this.#append = append
  }

  override fd_write(data: Uint8Array): { ret: number; nwritten: number } {
    if (this.#append) this.file_pos = this.file.size
    const written = this.fd_pwrite(data, this.file_pos)
    this.file_pos += BigInt(written.nwritten)
    return written
  }

  override fd_pwrite(data: Uint8Array, offset: bigint): { ret: number; nwritten: number } {
    const ret = this.#file.write(data, offset)
    return { ret, nwritten: ret === wasi.ERRNO_SUCCESS ? data.length : 0 }
  }

  override fd_allocate(offset: bigint, length: bigint): number {
    return this.#file.extend(offset + length)
  }

  override fd_filestat_set_size(size: bigint): number {
    return this.#file.resize(size)
  }
}

class DiskFolder extends Directory {
  readonly #disk: Disk

  constructor(disk: Disk) {
    super(new Map())
    this.#disk = disk
  }

  override create_entry_for_path(path: string, isFolder: boolean): { ret: number; entry: Inode | null } {
    const created = super.create_entry_for_path(path, isFolder)
    if (created.entry === null) return created
    this.#disk.countEntry()
    const entry = isFolder ? new DiskFolder(this.#disk) : new DiskFile(this.#disk, new Uint8Array(0))
    this.#replace(path, entry)
    return { ret: created.ret, entry }
  }

  /** Adds a file below this folder, making the folders on the way. */
  add(path: readonly string[], file: DiskFile): void {
    const [name, ...rest] = path
    if (name === undefined) return
    if (rest.length === 0) {
      this.contents.set(name, file)
      return
    }
    const existing = this.contents.get(name)
    const folder = existing instanceof DiskFolder ? existing : new DiskFolder(this.#disk)
    this.contents.set(name, folder)
    folder.add(rest, file)
  }

  /** Puts `entry` in the place of the one that the library made at `path`. */
  #replace(path: string, entry: Inode): void {
    const parts: string[] = []
    for (const part of path.split('/')) {
      if (part === '..') parts.pop()
      else if (part !== '' && part !== '.') parts.push(part)
    }
    const name = parts.pop()
    let folder: Inode | undefined = this
    for (const part of parts) folder = folder instanceof Directory ? folder.contents.get(part) : undefined
    if (name !== undefined && folder instanceof Directory) folder.contents.set(name, entry)
  }
}

/** What every peer and every file system accepts as the path of a result. */
const PORTABLE_PATH = /^[^\\\p{Cc}]{1,200}$/u
const NOT_PORTABLE =
  'the program left a result whose path is longer than 200 characters or holds a backslash or control character'

function preopen(name: string, folder: Directory): PreopenDirectory {
  const opened = new PreopenDirectory(name, new Map())
  opened.dir = folder
  return opened
}

function* walk(roots: readonly Directory[]): Generator<{ path: string; inode: Inode }> {
  const open: { path: string; inode: Inode }[] = roots.map((inode) => ({ path: '', inode }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.path !== '') yield next
    if (!(next.inode instanceof Directory)) continue
    const prefix = next.path === '' ? '' : `${next.path}/`
    for (const [name, inode] of next.inode.contents) open.push({ path: prefix + name, inode })
  }
}

function tooMuchOutput(): LimitReached {
  return new LimitReached('OUTPUT_LIMIT', 'the program wrote more than its output limit')
}
