/**
 * Which copy of a byte counts that came more than once, by the name of the system that does so (Suricata's names). All
 * but `overwrite` act only on bytes that are still queued behind a hole: what was delivered in order can never change
 * (RFC 9293 section 3.10.7.4 trims it from what arrives). `overwrite` takes the last copy everywhere, as tcpflow and
 * Tranalyzer do.
 */
export const OVERLAP_POLICIES = [
  'first',
  'last',
  'bsd',
  'linux',
  'old-linux',
  'windows',
  'solaris',
  'vista',
  'macos',
  'irix',
  'hpux10',
  'hpux11',
  'w2k3',
  'overwrite',
] as const

export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number]

/** How an arriving segment can lie over a queued one, as bits. Same start, and it ends before, with, behind the other. */
const SHORTER = 1 << 0
const SAME = 1 << 1
const LONGER = 1 << 2
/** It starts before the other and ends inside it, or covers it. */
const INTO_START = 1 << 3
const COVERS = 1 << 4
/** It starts behind the other's start and ends inside it or with it, or behind its end. */
const INSIDE = 1 << 5
const OVER_END = 1 << 6
const ANY = SHORTER | SAME | LONGER | INTO_START | COVERS | INSIDE | OVER_END

const BSD = INTO_START | COVERS
const SOLARIS = SAME | LONGER | COVERS | OVER_END

/** The shapes in which the arriving copy wins. */
const WINS: Readonly<Record<OverlapPolicy, number>> = {
  first: 0,
  last: ANY,
  bsd: BSD,
  linux: BSD | LONGER,
  'old-linux': BSD | SAME | LONGER,
  windows: BSD,
  solaris: SOLARIS,
  vista: 0,
  macos: BSD,
  irix: BSD,
  hpux10: BSD,
  hpux11: SOLARIS,
  w2k3: BSD,
  overwrite: ANY,
}

/** What a policy asks of those who place bytes. */
export class OverlapRules {
  readonly #wins: number
  /** The copy that was there first always stays. */
  readonly keepsFirst: boolean
  /** The last copy wins among queued bytes, and among delivered ones as well. */
  readonly takesLast: boolean
  readonly overwrites: boolean

  constructor(policy: OverlapPolicy) {
    this.#wins = WINS[policy]
    this.keepsFirst = this.#wins === 0
    this.takesLast = this.#wins === ANY
    this.overwrites = policy === 'overwrite'
  }

  /** Whether it takes the bounds of the queued segments to decide. */
  get needsShapes(): boolean {
    return !this.keepsFirst && !this.takesLast
  }

  /** Whether `[start, end)`, which arrives, wins where it lies over the queued segment `[oldStart, oldEnd)`. */
  newWins(oldStart: number, oldEnd: number, start: number, end: number): boolean {
    return (this.#wins & shapeOf(oldStart, oldEnd, start, end)) !== 0
  }
}

function shapeOf(oldStart: number, oldEnd: number, start: number, end: number): number {
  if (start === oldStart) return end < oldEnd ? SHORTER : end === oldEnd ? SAME : LONGER
  if (start < oldStart) return end < oldEnd ? INTO_START : COVERS
  return end <= oldEnd ? INSIDE : OVER_END
}
