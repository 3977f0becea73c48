/** Decimal numbers of any length, exactly: a whole number of units, each 10^−scale. */
export interface Decimal {
  units: bigint
  scale: number
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i

/** Reads a decimal number, as JSON writes them or as times are written; undefined for anything else. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = NUMBER.exec(text)
  if (match === null) return undefined
  const [, sign, whole, fraction = '', exponent = '0'] = match
  const units = BigInt(whole! + fraction) * (sign === '-' ? -1n : 1n)
  const scale = fraction.length - Number(exponent)
  return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale }
}

const unitsAt = ({ units, scale }: Decimal, wanted: number): bigint => units * 10n ** BigInt(wanted - scale)

/** Compares two texts that spell decimal numbers. */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  const left = parseDecimal(a)!
  const right = parseDecimal(b)!
  const scale = Math.max(left.scale, right.scale)
  const difference = unitsAt(left, scale) - unitsAt(right, scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** Adds decimal numbers up without rounding. */
export class ExactSum {
  /** Whole numbers as long as that is exact, which is faster. */
  #small = 0
  #total: Decimal = { units: 0n, scale: 0 }
  #exact = true

  addInteger(value: number): void {
    const sum = this.#small + value
    if (Number.isSafeInteger(sum)) this.#small = sum
    else this.add({ units: BigInt(value), scale: 0 })
  }

  add(value: Decimal): void {
    const scale = Math.max(this.#total.scale, value.scale)
    this.#total = { units: unitsAt(this.#total, scale) + unitsAt(value, scale), scale }
    this.#exact = false
  }

  /** All digits of the sum; as many behind the point as the summand with the most of them has. */
  toString(): string {
    if (this.#exact) return String(this.#small)
    const { scale } = this.#total
    const units = this.#total.units + unitsAt({ units: BigInt(this.#small), scale: 0 }, scale)
    if (scale === 0) return String(units)
    const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
    return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  }
}
