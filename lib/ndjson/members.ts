import { parseIPv4, parseIPv6, parseMac } from '../ip-text.ts'

/** A member of a record that is not what it has to be. */
export class BadMember extends Error {}

/** An IP address: its family, 4 or 6, and its words. */
export interface Address {
  family: 4 | 6
  words: readonly number[]
}

/** The members of a record that came as JSON, checked one by one as they are asked for. `null` counts as left out. */
export class Members {
  readonly #members: Record<string, unknown>

  constructor(members: Record<string, unknown>) {
    this.#members = members
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined
  }

  /** A whole number from 0 to `max`. */
  uint(name: string, max: number, otherwise?: number): number {
    return this.int(name, 0, max, otherwise)
  }

  int(name: string, min: number, max: number, otherwise?: number): number {
    const value = this.#get(name) ?? otherwise
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max)
      return value as number
    throw new BadMember(
      value === undefined ? `${name} is missing` : `${name} is no whole number in its range`,
    )
  }

  /** Left out is false. */
  flag(name: string): boolean {
    const value = this.#get(name) ?? false
    if (typeof value === 'boolean') return value
    throw new BadMember(`${name} is neither true nor false`)
  }

  text(name: string, otherwise: string): string {
    const value = this.#get(name) ?? otherwise
    if (typeof value === 'string') return value
    throw new BadMember(`${name} is no text`)
  }

  /** A mask of at most `digits` digits, as its upper and lower 32 bits. */
  mask(name: string, digits: number): [high: number, low: number] {
    const text = this.text(name, '0x0')
    const match = /^0x([\da-f]{1,16})$/i.exec(text)
    if (match === null || match[1]!.length > digits)
      throw new BadMember(`${name} is no mask of ${digits} digits`)
    const all = match[1]!.padStart(16, '0')
    return [Number.parseInt(all.slice(0, 8), 16), Number.parseInt(all.slice(8), 16)]
  }

  /** `sec.fraction`; how many digits of a fraction are told apart, 6 or 9, follows from how many there are. */
  time(name: string, otherwise?: string): { sec: number; nsec: number; digits: 6 | 9; negative: boolean } {
    const text = this.#get(name) ?? otherwise
    const match = typeof text === 'string' ? /^(-?)(\d{1,20})(?:\.(\d{1,30}))?$/.exec(text) : null
    if (match === null)
      throw new BadMember(text === undefined ? `${name} is missing` : `${name} is no time in seconds`)
    const fraction = match[3] ?? ''
    return {
      sec: Number(match[2]),
      nsec: Number(fraction.padEnd(9, '0').slice(0, 9)),
      digits: fraction.length > 6 ? 9 : 6,
      negative: match[1] === '-',
    }
  }

  address(name: string): Address | undefined {
    const text = this.text(name, '')
    if (text === '') return undefined
    const word = parseIPv4(text)
    if (word !== undefined) return { family: 4, words: [word, 0, 0, 0] }
    const words = parseIPv6(text)
    if (words === undefined) throw new BadMember(`${name} is no IP address`)
    return { family: 6, words }
  }

  /** Upper 16 and lower 32 bits; zeros where there is none. */
  mac(name: string): [high: number, low: number] {
    const text = this.text(name, '')
    const parts = text === '' ? ([0, 0] as [number, number]) : parseMac(text)
    if (parts === undefined) throw new BadMember(`${name} is no MAC address`)
    return parts
  }

  /** Numbers of VLANs. */
  vlans(name: string): number[] {
    const value = this.#get(name) ?? []
    const valid = (vid: unknown): boolean =>
      Number.isInteger(vid) && (vid as number) >= 0 && (vid as number) <= 0xfff
    if (!Array.isArray(value) || !value.every(valid))
      throw new BadMember(`${name} is no list of VLAN numbers`)
    return value
  }

  /** A list of numbers, masks, or objects that hold these. */
  list(name: string): unknown[] {
    const value = this.#get(name)
    const isValue = (part: unknown): boolean =>
      (Number.isInteger(part) && (part as number) >= 0) ||
      (typeof part === 'string' && /^0x[\da-f]+$/i.test(part))
    const isPart = (part: unknown): boolean =>
      typeof part === 'object' && part !== null ? Object.values(part).every(isValue) : isValue(part)
    if (!Array.isArray(value) || !value.every(isPart)) throw new BadMember(`${name} is no list of headers`)
    return value
  }

  /** 0 for A, 1 for B. */
  direction(name: string): number {
    const value = this.#get(name)
    if (value !== 'A' && value !== 'B') throw new BadMember(`${name} is neither A nor B`)
    return value === 'A' ? 0 : 1
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? (this.#members[name] ?? undefined) : undefined
  }
}
