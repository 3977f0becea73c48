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

const LINK_TYPES = [0, 1, 9, 50, 101, 104, 105, 113, 127, 228, 229]
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
  for (const linkType of LINK_TYPES) {
    const frames = kinds.get(linkType)
    if (frames === undefined) continue
    const capture = filterCapture(join(folder, `${linkType}.pcap`), linkType, frames)
    for (const expression of FILTER_EXPRESSIONS) counts[held(t, capture, expression)]++
  }
  t.ok(counts.same > counts.refused, JSON.stringify(counts))
})

t.test('so do expressions made at random', { skip }, async t => {
  const frames = (await framesByLinkType([CAPTURE], 400, cut)).get(1)!
  const capture = filterCapture(join(folder, 'office.pcap'), 1, frames)
  for (const expression of randomExpressions(300, 5)) held(t, capture, expression)
  t.end()
})
