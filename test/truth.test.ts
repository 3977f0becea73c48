import t, { type Test } from 'tap'
import {
  derivedCaptures,
  hasSharedCaptures,
  sharedCaptures,
  type TruthDirection,
} from './support/shared-captures.ts'
import { acrossFlows, digests } from './support/truth-digests.ts'

// Streams that have to be identical, by status and protocol, or by way of change. They are raised by hand as more is
// understood, and never lowered.
const COMMITTED: Record<string, number> = {
  'agreed sctp': 7,
  'agreed tcp': 2421,
  'agreed udp': 2849,
  'majority tcp': 47,
  'ruled tcp': 10,
  'ruled udp': 15,
}
const COMMITTED_DERIVED: Record<string, number> = {
  be_ns: 134,
  dup: 36,
  frag4: 134,
  frag6: 73,
  geneve: 134,
  gre: 134,
  gtp: 134,
  ipip: 134,
  mpls: 134,
  pcapng_be: 134,
  pcapng_le: 134,
  pppoe: 134,
  qinq: 134,
  swap: 34,
  vxlan: 134,
  wrap: 134,
  wrap_swap_frag4: 34,
}

/** How many of how many are identical, by class. */
class Counts {
  readonly #classes = new Map<string, { identical: number; expected: number }>()
  readonly wrong: string[] = []

  add(name: string, isIdentical: boolean, what: string): void {
    const counts = this.#classes.get(name) ?? { identical: 0, expected: 0 }
    this.#classes.set(name, counts)
    counts.expected++
    if (isIdentical) counts.identical++
    else this.wrong.push(`${name}: ${what}`)
  }

  /** Says what was counted, and holds it against what was committed. */
  check(t: Test, committed: Record<string, number>): void {
    for (const line of this.wrong) t.comment(line)
    const classes = [...this.#classes].sort(([a], [b]) => a.localeCompare(b))
    for (const [name, { identical, expected }] of classes) {
      t.comment(`${name}: ${identical} of ${expected} identical`)
    }
    for (const [name, least] of Object.entries(committed)) {
      t.ok((this.#classes.get(name)?.identical ?? 0) >= least, `${name}: at least ${least}`)
    }
    t.ok(classes.length > 0, 'the folder holds streams to check')
  }
}

const nameOf = ({ proto, src, sport, dst, dport, conn, sid }: TruthDirection): string =>
  `${proto} ${src} ${sport} ${dst} ${dport} ${conn}${proto === 'sctp' ? ` ${sid}` : ''}`

const difference = (found: string | undefined): string =>
  found === undefined ? 'no such stream' : 'other bytes'

if (!hasSharedCaptures) {
  t.test('captures with verified payload', { skip: 'the folder is not there' }, t => t.end())
} else {
  t.test('every stream of the captures is byte-identical with what is known of it', async t => {
    const counts = new Counts()
    for (const truth of sharedCaptures()) {
      const directions = truth.directions.filter(({ status }) => status !== 'contested')
      if (directions.length === 0) continue
      const found = await digests(truth.file)
      if (directions.some(({ flags }) => flags?.includes('multi-encap'))) {
        for (const [name, sha256] of await acrossFlows(truth.file)) found.set(name, sha256)
      }
      for (const direction of directions) {
        const name = nameOf(direction)
        // a stream without a byte has no file
        const expected = direction.length === 0 ? undefined : direction.sha256Zero
        const isIdentical = found.get(name) === expected
        const what = `${truth.name}: ${name}: ${difference(found.get(name))}`
        counts.add(`${direction.status} ${direction.proto}`, isIdentical, what)
      }
    }
    counts.check(t, COMMITTED)
  })

  t.test('captures derived from them give the same payload', async t => {
    const counts = new Counts()
    for (const { file, name: capture, morph, expect } of derivedCaptures()) {
      const found = await digests(file)
      for (const [name, sha256] of Object.entries(expect)) {
        counts.add(morph, found.get(name) === sha256, `${capture}: ${name}: ${difference(found.get(name))}`)
      }
    }
    counts.check(t, COMMITTED_DERIVED)
  })
}
