/** Keys on the disk: readable by their owner only, never overwritten, never half written. */
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { WeftError } from '#protocol/errors.ts'
import { formatKeyPair, generateKeyPair, type KeyPair, parseKeyPair } from './keypair.ts'

/** File in a peer's home that holds its identity. */
const PEER_KEY_FILE = 'peer.key'
/** No keypair file is longer: 64 numbers of three digits, with generous white space. */
const KEY_FILE_BYTES_MAX = 16_384

/**
 * The peer's key in `folder`, made on the first call (folder 0700, file 0600). Two processes that start at once get the
 * same key. KEY_UNREADABLE if the file is there and is not a key: a peer must not change its identity silently.
 */
export async function loadOrCreatePeerKey(folder: string): Promise<KeyPair> {
  const path = join(folder, PEER_KEY_FILE)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const known = await readKey(path)
  if (known !== undefined) {
    await closeToOthers(path)
    return known
  }
  const made = generateKeyPair()
  if (await writeNew(path, formatKeyPair(made))) return made
  return loadWallet(path)
}

/** The wallet in a Solana keypair file. KEY_UNREADABLE says why it cannot be read. */
export async function loadWallet(path: string): Promise<KeyPair> {
  const pair = await readKey(path)
  if (pair === undefined) throw new WeftError('KEY_UNREADABLE', `${path} does not exist`)
  return pair
}

/**
 * Makes a new wallet file (0600, its folder 0700). KEY_EXISTS if anything is at `path` already: a key is never
 * overwritten.
 */
export async function createWallet(path: string): Promise<KeyPair> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const pair = generateKeyPair()
  if (await writeNew(path, formatKeyPair(pair))) return pair
  throw new WeftError('KEY_EXISTS', `${path} exists already`)
}

async function readKey(path: string): Promise<KeyPair | undefined> {
  let text: string
  try {
    const { size } = await stat(path)
    if (size > KEY_FILE_BYTES_MAX) throw new WeftError('KEY_UNREADABLE', `${path} is too long for a Solana keypair`)
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    if (cause instanceof WeftError) throw cause
    throw new WeftError('KEY_UNREADABLE', `${path} cannot be read (${codeOf(cause) ?? 'unknown error'})`, { cause })
  }
  return parseKeyPair(text, path)
}

/** Writes a complete file or none; false if there is one already. */
async function writeNew(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${process.pid}.${Math.floor(performance.now() * 1_000)}.new`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await unlink(temporary)
  }
}

async function closeToOthers(path: string): Promise<void> {
  const { mode } = await stat(path)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) await chmod(path, 0o600)
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
