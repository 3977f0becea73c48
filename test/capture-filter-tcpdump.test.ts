import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PldError } from '../lib/errors.ts'
import { compileFilter, type FrameFilter } from '../lib/select/capture-filter/frame-filter.ts'
import { CAPTURE, has } from './support/bins.ts'
import {
  asTcpdump,
  type FilterCapture,
  filterCapture,
  fitting,
  framesByLinkType,
} from './support/filter-captures.ts'
import { FILTER_EXPRESSIONS } from './support/filter-expressions.ts'
import { randomExpressions } from './support/random-filters.ts'
import { hasSharedCaptures, sharedCaptures } from './support/shared-captures.ts'

/** Link types, and of how many expressions one is tried. */
const LINK_TYPES = [
  [1, 1],
  [9, 2],
  [101, 2],
  [113, 2],
  [127, 2],
  [0, 3],
  [50, 4],
  [104, 3],
  [105, 3],
  [228, 4],
  [229, 4],
] as const
const skip = !has('tcpdump') && 'needs tcpdump'
const folder = mkdtempSync(join(tmpdir(), 'pldpipe-filter-'))

/** Holds an expression against tcpdump: the same frames, or refused. Says which it was. */
function held(t: Test, capture: FilterCapture, expression: string): 'same' | 'refused' {
  let filter: FrameFilter
  let ours: number[]
  try {
    filter = compileFilter(expression)
    ours = fitting(capture, filter)
  } catch (error) {
    if (error instanceof PldError && error.code === 'ERR_USAGE') return 'refused'
    throw error
  }
  const theirs = asTcpdump(capture, expression)
  // its optimizer takes some computed divisors and shifts for constants
  if (typeof theirs === 'string' && /modulus by zero|division by zero|shift by more/.test(theirs))
    return 'refused'
  t.same(ours, theirs, `${expression} on link type ${capture.linkType}`)
  return 'same'
}

/** A third of the frames ends somewhere in its headers. */
const cut = (n: number, length: number): number => (n % 3 === 2 ? Math.min(length, (n * 7) % 90) : length)

t.test('every expression lets through what tcpdump lets through', { skip }, async t => {
  const files = hasSharedCaptures ? sharedCaptures().map(({ file }) => file) : []
  const kinds = await framesByLinkType([CAPTURE, ...files], 40, cut)
  const counts = { same: 0, refused: 0 }
  for (const [linkType, every] of LINK_TYPES) {
    const frames = kinds.get(linkType)
    if (frames === undefined) continue
    const capture = filterCapture(join(folder, `${linkType}.pcap`), linkType, frames)
    FILTER_EXPRESSIONS.forEach((expression, n) => {
      if (n % every === 0) counts[held(t, capture, expression)]++
    })
  }
  t.ok(counts.same > counts.refused, JSON.stringify(counts))
})

t.test('so do expressions made at random', { skip }, async t => {
  const frames = (await framesByLinkType([CAPTURE], 400, cut)).get(1)!
  const capture = filterCapture(join(folder, 'office.pcap'), 1, frames)
  for (const expression of randomExpressions(120, 5)) held(t, capture, expression)
  t.end()
})
