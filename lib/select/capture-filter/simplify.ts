import { type Decision, inOrder, type Target } from './decisions.ts'
import { keyOf } from './operands.ts'

/** Larger graphs stay as they are: what is known on a way is a set as large as the graph. */
const MAX_DECISIONS = 600

/** A way out of a decision. */
interface Edge {
  decision: Decision
  yes: boolean
}

/**
 * Leads ways past decisions whose outcome is known from those that every path to them took, and past those that lead to
 * the same whatever comes out. tcpdump does the same; so beyond speed it matters for frames that were cut: a comparison
 * that is passed by does not reject them.
 */
export function simplify(start: Target): Target {
  const entry: { to: Target } = { to: start }
  for (;;) {
    const decisions = inOrder(entry.to)
    if (decisions.length > MAX_DECISIONS) return entry.to
    let changed = false
    const lead = (from: Target, known: ReadonlySet<number>, edges: readonly Edge[]): Target => {
      let target = from
      for (;;) {
        const next = past(target, known, edges)
        if (next === target) return target
        target = next
        changed = true
      }
    }
    const keys = new Map(decisions.map(decision => [decision, keyOf(decision.operand)]))
    const { edges, known } = knownOnWays(decisions)
    const past = (target: Target, ways: ReadonlySet<number>, all: readonly Edge[]): Target => {
      if (typeof target === 'boolean') return target
      if (target.yes === target.no) return target.yes
      for (const way of ways) {
        const outcome = follows(all[way]!, target, keys)
        if (outcome !== undefined) return outcome ? target.yes : target.no
      }
      return target
    }
    // from the ends to the start
    for (let at = decisions.length - 1; at >= 0; at--) {
      const decision = decisions[at]!
      const before = known[at]!
      decision.yes = lead(decision.yes, new Set([...before, 2 * at]), edges)
      decision.no = lead(decision.no, new Set([...before, 2 * at + 1]), edges)
    }
    entry.to = lead(entry.to, new Set(), edges)
    if (!changed) return entry.to
  }
}

/** For each decision the ways that every path to it has taken; `edges` has yes at 2 × its place, no behind it. */
function knownOnWays(decisions: readonly Decision[]): { edges: Edge[]; known: Set<number>[] } {
  const places = new Map(decisions.map((decision, at) => [decision, at]))
  const edges = decisions.flatMap(decision => [
    { decision, yes: true },
    { decision, yes: false },
  ])
  const known: (Set<number> | undefined)[] = decisions.map(() => undefined)
  known[0] = new Set()
  decisions.forEach((decision, at) => {
    for (const yes of [true, false]) {
      const target = yes ? decision.yes : decision.no
      if (typeof target === 'boolean') continue
      const taken = new Set([...known[at]!, yes ? 2 * at : 2 * at + 1])
      const place = places.get(target)!
      const others = known[place]
      known[place] = others === undefined ? taken : new Set([...others].filter(way => taken.has(way)))
    }
  })
  return { edges, known: known.map(ways => ways ?? new Set()) }
}

/** The outcome of a decision behind a way out of another one, if it follows from that. */
function follows({ decision, yes }: Edge, later: Decision, keys: Map<Decision, string>): boolean | undefined {
  if (decision === later || decision.relation !== later.relation) return undefined
  if (keys.get(decision) !== keys.get(later)) return undefined
  if (decision.value === later.value) return yes
  return yes && decision.relation === 'eq' ? false : undefined
}
