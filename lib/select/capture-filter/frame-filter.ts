import { type Decision, decide, inOrder, type Target } from './decisions.ts'
import { FrameAt } from './frame-at.ts'
import { testOf } from './gen-test.ts'
import { Layout } from './layout.ts'
import { ANY_LINK, linkLayer } from './link-layers.ts'
import { asksForBases, computeOf } from './operands.ts'
import { parseFilter } from './parser.ts'
import { simplify } from './simplify.ts'
import type { Expression } from './syntax.ts'
import type { Compute } from './tests.ts'

/** Whether a frame fits: `offset` and `capLen` say where its captured bytes lie in `bytes`. */
export type FramePredicate = (bytes: Uint8Array, offset: number, capLen: number, wireLen: number) => boolean

/** A filter expression, compiled for each link type as frames of it come up. */
export class FrameFilter {
  readonly expression: string
  readonly #parsed: Expression | undefined
  readonly #predicates = new Map<number, FramePredicate>()

  constructor(expression: string) {
    this.expression = expression
    this.#parsed = parseFilter(expression)
    // what is wrong whatever the frames are comes out now
    if (this.#parsed !== undefined) testOf(new Layout(ANY_LINK), this.#parsed)
  }

  /** The predicate for frames of a link type (LINKTYPE_ number). Throws ERR_USAGE where these cannot be asked. */
  predicate(linkType: number): FramePredicate {
    const known = this.#predicates.get(linkType)
    if (known !== undefined) return known
    const made = this.#compile(linkType)
    this.#predicates.set(linkType, made)
    return made
  }

  #compile(linkType: number): FramePredicate {
    if (this.#parsed === undefined) return () => true
    const layer = linkLayer(linkType)
    const test = testOf(new Layout(layer), this.#parsed)
    const start = decide(test, true, false)
    // where headers have no fixed place tcpdump leaves all tests as they are
    if (asksForBases(test)) return walker(start, layer.findBases)
    return walker(simplify(start), undefined)
  }
}

/**
 * Compiles an expression in the syntax of tcpdump (pcap-filter(7)); docs/filter.md tells what of it is understood. Throws
 * ERR_USAGE with the place of what is not.
 */
export function compileFilter(expression: string): FrameFilter {
  return new FrameFilter(expression)
}

/** A decision as it is walked over: `size` 0 is one to be computed. */
interface Step {
  size: number
  offset: number
  /** Where the IPv4 header begins that the offset counts from the end of; −1 without. */
  header: number
  mask: number
  relation: 0 | 1 | 2
  value: number
  compute: Compute | undefined
  yes: Step
  no: Step
}

const RELATIONS = { eq: 0, gt: 1, ge: 2 } as const

function walker(start: Target, findBases: ((frame: FrameAt) => boolean) | undefined): FramePredicate {
  const accept = terminal()
  const reject = terminal()
  const steps = new Map(inOrder(start).map(decision => [decision, stepOf(decision)]))
  const stepAt = (target: Target): Step =>
    typeof target === 'boolean' ? (target ? accept : reject) : steps.get(target)!
  for (const [decision, step] of steps) {
    step.yes = stepAt(decision.yes)
    step.no = stepAt(decision.no)
  }
  const first = stepAt(start)
  const frame = new FrameAt()
  return (bytes, offset, capLen, wireLen) => {
    const end = offset + capLen
    frame.bytes = bytes
    frame.start = offset
    frame.end = end
    frame.wireLen = wireLen
    if (findBases !== undefined && !findBases(frame)) return false
    let step = first
    while (step !== accept) {
      if (step === reject) return false
      const { size, header } = step
      let value: number
      if (size === 0) {
        value = step.compute!(frame)
        if (value < 0) return false
      } else {
        let at = offset + step.offset
        if (header >= 0) {
          if (offset + header >= end) return false
          at += (bytes[offset + header]! & 0x0f) << 2
        }
        if (at + size > end) return false
        value = bytes[at]!
        if (size !== 1) {
          value = (value << 8) | bytes[at + 1]!
          if (size === 4) value = (value << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
        }
        value = (value & step.mask) >>> 0
      }
      const { relation } = step
      const holds =
        relation === 0 ? value === step.value : relation === 1 ? value > step.value : value >= step.value
      step = holds ? step.yes : step.no
    }
    return true
  }
}

function stepOf({ operand, relation, value }: Decision): Step {
  const step = { ...terminal(), relation: RELATIONS[relation], value }
  if (operand.kind === 'load' && operand.from.base === 'frame') {
    step.size = operand.size
    step.offset = operand.from.offset
    step.header = operand.header?.offset ?? -1
    step.mask = operand.mask
  } else step.compute = computeOf(operand)
  return step
}

function terminal(): Step {
  const step = { size: 0, offset: 0, header: -1, mask: 0, relation: 0, value: 0, compute: undefined } as Step
  step.yes = step
  step.no = step
  return step
}
