/**
 * Decimal numbers in units of 1e-9, cut off towards zero. They are read byte by byte, without a string or a regular
 * expression for each, into doubles that hold integers only; what is larger than these hold exactly is a bigint.
 */

/** Longest number that is read as one, bytes. */
export const NUMBER_BYTES_MAX = 64
/** Largest absolute exponent of a number. */
const EXPONENT_MAX = 400
const EXPONENT_DIGITS_MAX = 4
const NANO_DIGITS = 9
/** So many digits are always a safe integer, and so are their quotients by powers of ten, rounded down. */
const EXACT_DIGITS = 15
/** Up to here the difference of two integers is a safe one. */
const EXACT_MAX = 2 ** 52

/** Stands for a number that {@link parseNano} has to read. */
export const LARGE: number = Number.POSITIVE_INFINITY

/**
 * True if a word that begins at `at` is a number, full stops after it left out: then `found.end` is where it ends, and
 * `found.value` is it in units of 1e-9, an integer of at most 2^52 either way, or {@link LARGE}. At most {@link
 * NUMBER_BYTES_MAX} bytes are read, beside the full stops.
 */
export function scanNumber(bytes: Uint8Array, at: number, found: { value: number; end: number }): boolean {
  const limit = Math.min(bytes.length, at + NUMBER_BYTES_MAX + 1)
  let here = at
  const sign = bytes[here]
  if (sign === PLUS || sign === MINUS) here++
  let mantissa = 0
  let dropped = 0
  let digits = 0
  let fraction = 0
  for (; here < limit; here++, digits++) {
    const byte = bytes[here] ?? 0
    if (byte === STOP && fraction === 0 && isDigit(bytes[here + 1])) {
      fraction = here + 1
      digits--
      continue
    }
    if (!isDigit(byte)) break
    if (mantissa < 10 ** (EXACT_DIGITS - 1)) mantissa = mantissa * 10 + byte - ZERO
    else dropped++
  }
  if (digits === 0) return false
  let shift = NANO_DIGITS + dropped - (fraction === 0 ? 0 : here - fraction)
  if (((bytes[here] ?? 0) | 0x20) === LOWER_E) {
    const negative = bytes[here + 1] === MINUS
    const first = here + (negative || bytes[here + 1] === PLUS ? 2 : 1)
    let exponent = 0
    for (here = first; here < limit && isDigit(bytes[here]); here++)
      exponent = exponent * 10 + (bytes[here] ?? 0) - ZERO
    if (here === first || here - first > EXPONENT_DIGITS_MAX || exponent > EXPONENT_MAX) return false
    shift += negative ? -exponent : exponent
  }
  if (here - at > NUMBER_BYTES_MAX || !endsWord(bytes, here)) return false
  const size = scaled(mantissa, shift, dropped)
  found.end = here
  found.value = sign === MINUS && size !== 0 && size !== LARGE ? -size : size
  return true
}

/** ⌊(mantissa and `dropped` more digits) × 10^(shift − dropped)⌋; {@link LARGE} where that is not known exactly. */
function scaled(mantissa: number, shift: number, dropped: number): number {
  if (mantissa === 0) return 0
  if (shift <= 0) return -shift > EXACT_DIGITS ? 0 : Math.floor(mantissa / (POWERS[-shift] ?? 1))
  if (dropped > 0 || shift > EXACT_DIGITS) return LARGE
  const size = mantissa * (POWERS[shift] ?? 1)
  return size <= EXACT_MAX ? size : LARGE
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/

/** The number that `word` is, in units of 1e-9, cut off towards zero; `undefined` if it is none, or too long. */
export function parseNano(word: string): bigint | undefined {
  if (word.length > NUMBER_BYTES_MAX) return undefined
  const match = NUMBER.exec(word)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match
  const exponent = Number.parseInt(exponentText, 10)
  if (whole + fraction === '' || Math.abs(exponent) > EXPONENT_MAX) return undefined
  const shift = NANO_DIGITS + exponent - fraction.length
  const digits = BigInt(whole + fraction)
  const nano = shift >= 0 ? digits * powerOfTen(shift) : digits / powerOfTen(-shift)
  return sign === '-' ? -nano : nano
}

function powerOfTen(exponent: number): bigint {
  const known = largePowers[exponent]
  if (known !== undefined) return known
  const power = 10n ** BigInt(exponent)
  largePowers[exponent] = power
  return power
}

/** At most {@link EXPONENT_MAX} and the digits of one number more. */
const largePowers: bigint[] = []
const POWERS: readonly number[] = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

const PLUS = 0x2b
const MINUS = 0x2d
const STOP = 0x2e
const ZERO = 0x30
const LOWER_E = 0x65

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39
}

/** True if only full stops are left of the word. */
function endsWord(bytes: Uint8Array, at: number): boolean {
  let here = at
  while (bytes[here] === STOP) here++
  return here === bytes.length || !isWordByte(bytes[here] ?? 0)
}

/** True for a byte that a number can begin with: a digit, a sign or a full stop. */
export function mayBeginNumber(byte: number): boolean {
  return byte <= 0x39 && (byte >= ZERO || byte === PLUS || byte === MINUS || byte === STOP)
}

/** True for a byte that words are made of: ASCII letters, digits and `_ . + -`. */
export function isWordByte(byte: number): boolean {
  return WORD_BYTES[byte] === 1
}

const WORD_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => (/[\w.+-]/.test(String.fromCharCode(byte)) ? 1 : 0))
