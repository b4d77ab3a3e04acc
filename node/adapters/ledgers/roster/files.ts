/**
 * The ledger's folder. Everything is written whole: to a temporary file, synced, renamed, the folder synced; so a crash
 * leaves the old or the new content. Rosters and token uses change rarely and must be on the disk before they are acted
 * on: those writes are synchronous. Earnings change often and can be learnt again: those are written in the background.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { WalletKey } from '#protocol/wire/keys.ts'

/** Conflicting rosters kept as evidence. */
const EVIDENCE_MAX = 16

/** The files of one ledger. Reading never throws for what is missing; writing throws what the disk says. */
export interface RosterFiles {
  readText(name: FileName): string | undefined
  writeText(name: FileName, text: string): void
  remove(name: FileName): void
  /** Rosters by version, ascending. */
  readRosters(): Uint8Array[]
  writeRoster(version: number, raw: Uint8Array): void
  removeRoster(version: number): void
  /** Keeps a roster that should not exist; false if there is enough evidence already. */
  writeEvidence(name: string, raw: Uint8Array): boolean
  readEarnings(): [account: WalletKey, bytes: Uint8Array][]
  writeEarnings(account: WalletKey, bytes: Uint8Array): Promise<void>
}

/**
 * `network`: network id. `signed`: the highest version that the founder signed. `invites`: uses of tokens. `join`: a
 * pending request.
 */
export type FileName = 'network' | 'signed' | 'invites.json' | 'join.json'

/** The files in `dir`, whose folders are made (0700) at once. */
export function openFiles(dir: string): RosterFiles {
  const rosters = join(dir, 'rosters')
  const evidence = join(dir, 'evidence')
  const earnings = join(dir, 'earnings')
  for (const folder of [dir, rosters, evidence, earnings]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const rosterPath = (version: number): string => join(rosters, `${String(version).padStart(16, '0')}.cbor`)
  return {
    readText: (name) => readIfThere(join(dir, name))?.toString('utf8'),
    writeText: (name, text) => writeWhole(join(dir, name), Buffer.from(text)),
    remove: (name) => rmSync(join(dir, name), { force: true }),
    readRosters: () => readFolder(rosters).map(([, bytes]) => bytes),
    writeRoster: (version, raw) => writeWhole(rosterPath(version), raw),
    removeRoster: (version) => rmSync(rosterPath(version), { force: true }),
    writeEvidence: (name, raw) => {
      if (readFolder(evidence).length >= EVIDENCE_MAX) return false
      writeWhole(join(evidence, `${name}.cbor`), raw)
      return true
    },
    readEarnings: () => readFolder(earnings),
    writeEarnings: (account, bytes) => writeWholeLater(join(earnings, `${account}.cbor`), bytes),
  }
}

function readFolder(folder: string): [name: string, bytes: Uint8Array][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cbor'))
    .sort()
    .map((name) => [name.slice(0, -'.cbor'.length), new Uint8Array(readFileSync(join(folder, name)))])
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function writeWhole(path: string, bytes: Uint8Array): void {
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeAll(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
  syncFolder(dirname(path))
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

/** A renamed file is durable once its folder is; Windows has no such call, and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

async function writeWholeLater(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
