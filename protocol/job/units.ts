/** The units that people write in a job file, read into integers without floating point. */

const KIB = 1_024n
const THOUSAND = 1_000n

const sizes: Readonly<Record<string, bigint>> = {
  B: 1n,
  KiB: KIB,
  MiB: KIB ** 2n,
  GiB: KIB ** 3n,
  TiB: KIB ** 4n,
  kB: THOUSAND,
  KB: THOUSAND,
  MB: THOUSAND ** 2n,
  GB: THOUSAND ** 3n,
  TB: THOUSAND ** 4n,
}

const durations: Readonly<Record<string, bigint>> = {
  ms: 1n,
  s: 1_000n,
  m: 60_000n,
  min: 60_000n,
  h: 3_600_000n,
  d: 86_400_000n,
}

/** Bytes of `256 MiB`, `1.5 GB`, `4096`; `undefined` if it is no size or not a whole number of bytes. */
export function parseBytes(value: string | number): number | undefined {
  return parseUnit(typeof value === 'number' ? `${value} B` : value, sizes)
}

/** Milliseconds of `30s`, `10 m`, `1.5h`; `undefined` without a unit or if it is not a whole number of milliseconds. */
export function parseDuration(value: string | number): number | undefined {
  return parseUnit(`${value}`, durations)
}

/** `value` × 10^digits as an integer, for a decimal number of at most that many decimals: credits have 6. */
export function parseDecimal(value: string | number, digits: number): bigint | undefined {
  const match = DECIMAL.exec(`${value}`.trim())
  if (match === null) return undefined
  const [, whole = '', fraction = ''] = match
  return fraction.length > digits ? undefined : BigInt(whole + fraction.padEnd(digits, '0'))
}

/** Parts per million of a fraction (`0.001`), a percentage (`0.1%`) or `1000 ppm`. */
export function parsePpm(value: string | number): number | undefined {
  const match = /^(.*?)\s*(%|ppm)?$/.exec(`${value}`.trim())
  const digits = match?.[2] === '%' ? 4 : match?.[2] === 'ppm' ? 0 : 6
  return safe(parseDecimal(match?.[1] ?? '', digits))
}

const DECIMAL = /^(\d{1,30})(?:\.(\d{1,30}))?$/
const QUANTITY = /^(\d{1,30})(?:\.(\d{1,9}))?\s*([A-Za-z]{1,3})$/

function parseUnit(text: string, units: Readonly<Record<string, bigint>>): number | undefined {
  const match = QUANTITY.exec(text.trim())
  if (match === null) return undefined
  const [, whole = '', fraction = '', unit = ''] = match
  const scale = Object.hasOwn(units, unit) ? units[unit] : undefined
  if (scale === undefined) return undefined
  const product = BigInt(whole + fraction) * scale
  const parts = 10n ** BigInt(fraction.length)
  return product % parts === 0n ? safe(product / parts) : undefined
}

function safe(value: bigint | undefined): number | undefined {
  return value === undefined || value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value)
}
