/**
 * Caps a WebAssembly module's memory. Worker `resourceLimits` do not count WebAssembly memory, so the cap goes into the
 * module itself: the memory section's maximum is rewritten, and `memory.grow` fails beyond it on every engine alike.
 */
const PAGE_BYTES = 65_536
const MEMORY_SECTION = 5

/** The module asks for more memory at its start than it is allowed. */
export class MemoryCapTooSmall extends Error {
  readonly minimumBytes: number

  constructor(minimumBytes: number) {
    super(`the module needs at least ${minimumBytes} bytes of memory`)
    this.name = 'MemoryCapTooSmall'
    this.minimumBytes = minimumBytes
  }
}

/**
 * A copy of `module` (the bytes of a WebAssembly module that defines one memory) whose memory never exceeds `maxBytes`,
 * rounded down to whole pages of 64 KiB. Throws {@link MemoryCapTooSmall} if the module starts with more, and TypeError
 * if it defines no memory.
 */
export function capMemory(module: Uint8Array, maxBytes: number): Uint8Array {
  const pagesMax = Math.min(65_536, Math.floor(maxBytes / PAGE_BYTES))
  const reader = new Reader(module, 8)
  while (reader.at < module.length) {
    const sectionAt = reader.at
    const id = reader.byte()
    const size = reader.leb()
    const end = reader.at + size
    if (id === MEMORY_SECTION) {
      const section = memorySection(reader, pagesMax)
      return Buffer.concat([module.subarray(0, sectionAt), section, module.subarray(end)])
    }
    reader.at = end
  }
  throw new TypeError('the module defines no memory')
}

function memorySection(reader: Reader, pagesMax: number): Uint8Array {
  const count = reader.leb()
  const flags = reader.byte()
  const minimum = reader.leb()
  const declared = (flags & 1) === 1 ? reader.leb() : pagesMax
  if (count !== 1) throw new TypeError('the module defines more than one memory')
  if (minimum > pagesMax) throw new MemoryCapTooSmall(minimum * PAGE_BYTES)
  const body = [...leb(1), flags | 1, ...leb(minimum), ...leb(Math.min(declared, pagesMax))]
  return Uint8Array.from([MEMORY_SECTION, ...leb(body.length), ...body])
}

class Reader {
  at: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  byte(): number {
    const byte = this.#bytes[this.at++]
    if (byte === undefined) throw new TypeError('the module ends in the middle of a section')
    return byte
  }

  /** An unsigned LEB128 number of up to 32 bits. */
  leb(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw new TypeError('the module holds a number of more than 32 bits')
  }
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...leb(Math.floor(value / 128))]
}
