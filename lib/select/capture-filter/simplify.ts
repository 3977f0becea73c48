import { type Decision, inOrder, type Target } from './decisions.ts'
import { type Edge, keysOf, waysTo } from './dominators.ts'
import { pullUp } from './pull-up.ts'

/** Larger graphs stay as they are: what is known on a way is a set as large as the graph. */
const MAX_DECISIONS = 300
/** Moving decisions may go on without an end, as each move can open the way for one back. */
const MAX_ROUNDS = 100

/**
 * Leads ways past decisions whose outcome is known from those that every path to them took, and past those that lead to
 * the same whatever comes out; and asks the same bytes twice without others in between. tcpdump's optimizer does the
 * same, so beyond speed it matters for frames that were cut: they are rejected by what is asked, in the order of asking.
 */
export function simplify(start: Target): Target {
  let entry = start
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const decisions = inOrder(entry)
    if (decisions.length === 0 || decisions.length > MAX_DECISIONS) break
    const shortened = shorten(decisions)
    entry = pastUseless(entry)
    const moved = pullUp(entry)
    if (!shortened && !moved) break
  }
  return entry
}

/** Leads every way as far as its outcome is known; false if that changed nothing. */
function shorten(decisions: readonly Decision[]): boolean {
  const ways = waysTo(decisions)
  const keys = keysOf(decisions)
  let changed = false
  const lead = (from: Target, known: readonly Edge[]): Target => {
    let target = from
    for (;;) {
      const next = past(target, known, keys)
      if (next === target) return target
      target = next
      changed = true
    }
  }
  // from the ends to the start
  for (const decision of decisions.toReversed()) {
    const known = ways.get(decision)!
    decision.yes = lead(decision.yes, [...known, { decision, yes: true }])
    decision.no = lead(decision.no, [...known, { decision, yes: false }])
  }
  return changed
}

function past(target: Target, known: readonly Edge[], keys: ReadonlyMap<Decision, string>): Target {
  const useful = pastUseless(target)
  if (useful !== target || typeof target === 'boolean') return useful
  for (const edge of known) {
    const outcome = follows(edge, target, keys)
    if (outcome !== undefined) return outcome ? target.yes : target.no
  }
  return target
}

/** What comes behind decisions that lead to the same in any case. */
function pastUseless(from: Target): Target {
  let target = from
  while (typeof target !== 'boolean' && target.yes === target.no) target = target.yes
  return target
}

/** The outcome of a decision behind a way out of another one, if it follows from that. */
function follows(
  { decision, yes }: Edge,
  later: Decision,
  keys: ReadonlyMap<Decision, string>,
): boolean | undefined {
  if (decision === later || decision.relation !== later.relation) return undefined
  if (keys.get(decision) !== keys.get(later)) return undefined
  if (decision.value === later.value) return yes
  return yes && decision.relation === 'eq' ? false : undefined
}
