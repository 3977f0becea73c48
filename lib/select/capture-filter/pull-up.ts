import { type Decision, inOrder, type Target } from './decisions.ts'
import { dominators, keysOf } from './dominators.ts'

type Way = 'yes' | 'no'

/** What has to be looked up again when a decision has moved. */
interface Facts {
  keys: Map<Decision, string>
  through: Map<Decision, Set<Decision>>
  before: Map<Decision, Decision[]>
}

/**
 * In rows of decisions of which each leads on to the next, and all to the same end otherwise (a or b or c; a and b and
 * c), moves one that asks the bytes that were asked last in front of those that ask others. False if nothing moved.
 */
export function pullUp(start: Target): boolean {
  let moved = false
  let facts = factsOf(start)
  for (const decision of inOrder(start).toReversed()) {
    for (const end of ['yes', 'no'] as const) {
      if (!pullInFrontOf(decision, end, facts)) continue
      moved = true
      facts = factsOf(start)
    }
  }
  return moved
}

function factsOf(start: Target): Facts {
  const decisions = inOrder(start)
  const before = new Map<Decision, Decision[]>(decisions.map(decision => [decision, []]))
  for (const decision of decisions)
    for (const target of new Set([decision.yes, decision.no]))
      if (typeof target !== 'boolean') before.get(target)!.push(decision)
  return { keys: keysOf(decisions), through: dominators(decisions), before }
}

function pullInFrontOf(first: Decision, end: Way, { keys, through, before }: Facts): boolean {
  const leading = before.get(first) ?? []
  const key = leading[0] && keys.get(leading[0])
  if (leading.length === 0 || leading.some(decision => keys.get(decision) !== key)) return false
  const along = end === 'yes' ? 'no' : 'yes'
  const inRow = (target: Target): target is Decision =>
    typeof target !== 'boolean' && target[end] === first[end] && through.get(target)!.has(first)

  // the first that asks other bytes
  let last: Decision | undefined
  let other: Target = first
  while (inRow(other) && keys.get(other) === key) {
    last = other
    other = other[along]
  }
  if (!inRow(other)) return false
  // the next that asks the same again
  let behind: Decision = other
  let pulled: Target = other[along]
  while (inRow(pulled) && keys.get(pulled) !== key) {
    behind = pulled
    pulled = pulled[along]
  }
  if (!inRow(pulled)) return false

  behind[along] = pulled[along]
  pulled[along] = other
  if (last !== undefined) last[along] = pulled
  else
    for (const decision of leading) {
      if (decision.yes === first) decision.yes = pulled
      else decision.no = pulled
    }
  return true
}
