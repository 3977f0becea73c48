import { MAX_SECONDS } from './frame-parser.ts'

/** Up to this rate all sums of the fast path stay below 2^53: exact in doubles. */
const MAX_EXACT_RATE = 2 ** 40

/**
 * The clock of a pcapng interface: turns 64-bit ticks into seconds and nanoseconds, exactly; what is finer than a
 * nanosecond is cut off. Answers are left in `sec` and `nsec`, so that a time costs no object.
 *
 * Two times in a row mostly share their upper 32 bits. What these come to is kept, in seconds and ticks beyond, and
 * a time is then one sum and one division. Source: draft-ietf-opsawg-pcapng, if_tsresol and if_tsoffset.
 */
export class Clock {
  /** Digits of a second's fraction to print. */
  readonly digits: 6 | 9
  /** Whether the clock is finer than a nanosecond. */
  readonly tooFine: boolean
  sec = 0
  nsec = 0
  /** The last time lay outside what a record can say, and became 0. */
  outside = false
  readonly #rate: bigint
  readonly #offset: bigint
  readonly #fast: boolean
  readonly #ticksPerSecond: number
  /** Nanoseconds in a tick, or ticks in a nanosecond; the other one is 1. */
  readonly #multiplier: number
  readonly #divisor: number
  #high = -1
  #highSec = 0
  #highTicks = 0

  /** `resolution` is the byte of if_tsresol: n for 10^-n, or 0x80 + n for 2^-n; `offset` is in seconds. */
  constructor(resolution = 6, offset = 0n) {
    const exponent = resolution & 0x7f
    const binary = (resolution & 0x80) !== 0
    this.#rate = binary ? 1n << BigInt(exponent) : 10n ** BigInt(exponent)
    this.#offset = offset
    this.digits = this.#rate > 1_000_000n ? 9 : 6
    this.tooFine = this.#rate > 1_000_000_000n
    this.#ticksPerSecond = Number(this.#rate)
    // a binary fraction of less than 2^23 ticks times 10^9 is below 2^53
    this.#fast = this.#rate <= MAX_EXACT_RATE && (!binary || exponent <= 23)
    this.#multiplier = binary ? 1_000_000_000 : 10 ** Math.max(0, 9 - exponent)
    this.#divisor = binary ? this.#ticksPerSecond : 10 ** Math.max(0, exponent - 9)
  }

  /** Sets `sec` and `nsec` to the time of `high × 2^32 + low` ticks. */
  read(high: number, low: number): void {
    if (!this.#fast) {
      this.#readSlowly(high, low)
      return
    }
    if (high !== this.#high) this.#keep(high)
    const perSecond = this.#ticksPerSecond
    const ticks = this.#highTicks + low
    const whole = Math.floor(ticks / perSecond)
    this.#set(
      this.#highSec + whole,
      Math.floor(((ticks - whole * perSecond) * this.#multiplier) / this.#divisor),
    )
  }

  #keep(high: number): void {
    const ticks = BigInt(high) << 32n
    this.#high = high
    this.#highSec = Number(ticks / this.#rate + this.#offset)
    this.#highTicks = Number(ticks % this.#rate)
  }

  #readSlowly(high: number, low: number): void {
    const ticks = (BigInt(high) << 32n) | BigInt(low)
    const sec = Number(ticks / this.#rate + this.#offset)
    this.#set(sec, Number(((ticks % this.#rate) * 1_000_000_000n) / this.#rate))
  }

  #set(sec: number, nsec: number): void {
    this.outside = sec < 0 || sec > MAX_SECONDS
    this.sec = this.outside ? 0 : sec
    this.nsec = this.outside ? 0 : nsec
  }
}
