import { type Decision, inOrder, type Target } from './decisions.ts'
import { dominators, keysOf } from './dominators.ts'

type Way = 'yes' | 'no'

/**
 * In rows of decisions of which each leads on to the next, and all to the same end otherwise (a or b or c; a and b and
 * c), moves one that asks the bytes that were asked last in front of those that ask others. False if nothing moved.
 */
export function pullUp(start: Target): boolean {
  let moved = false
  for (const decision of inOrder(start).toReversed()) {
    // what leads where has changed with the move before
    for (const end of ['yes', 'no'] as const) if (pullInFrontOf(decision, end, start)) moved = true
  }
  return moved
}

function pullInFrontOf(first: Decision, end: Way, start: Target): boolean {
  const decisions = inOrder(start)
  const keys = keysOf(decisions)
  const before = decisions.filter(({ yes, no }) => yes === first || no === first)
  const key = before[0] && keys.get(before[0])
  if (before.length === 0 || before.some(decision => keys.get(decision) !== key)) return false
  const through = dominators(decisions)
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
    for (const decision of before) {
      if (decision.yes === first) decision.yes = pulled
      else decision.no = pulled
    }
  return true
}
