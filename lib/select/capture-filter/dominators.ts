import type { Decision } from './decisions.ts'
import { keyOf } from './operands.ts'

/** A way out of a decision. */
export interface Edge {
  decision: Decision
  yes: boolean
}

/** For each decision the ways that all paths to it have taken. `decisions` are in order, the first is the start. */
export function waysTo(decisions: readonly Decision[]): Map<Decision, Edge[]> {
  const edges = new Map(
    decisions.map(decision => [decision, { yes: { decision, yes: true }, no: { decision, yes: false } }]),
  )
  const ways = new Map<Decision, Set<Edge>>()
  for (const decision of decisions) {
    const taken = ways.get(decision) ?? new Set()
    ways.set(decision, taken)
    const { yes, no } = edges.get(decision)!
    join(ways, decision.yes, new Set([...taken, yes]))
    join(ways, decision.no, new Set([...taken, no]))
  }
  return new Map(decisions.map(decision => [decision, [...ways.get(decision)!]]))
}

/** For each decision those that all paths to it go through, itself included. */
export function dominators(decisions: readonly Decision[]): Map<Decision, Set<Decision>> {
  const through = new Map<Decision, Set<Decision>>()
  for (const decision of decisions) {
    const all = new Set(through.get(decision)).add(decision)
    through.set(decision, all)
    join(through, decision.yes, all)
    join(through, decision.no, all)
  }
  return through
}

/** Keeps of what is known of a decision only what holds on this path to it as well. */
function join<Fact>(known: Map<Decision, Set<Fact>>, to: Decision | boolean, facts: Set<Fact>): void {
  if (typeof to === 'boolean') return
  const others = known.get(to)
  known.set(to, others === undefined ? new Set(facts) : new Set([...others].filter(fact => facts.has(fact))))
}

/** What each decision compares; equal texts for equal numbers. */
export function keysOf(decisions: readonly Decision[]): Map<Decision, string> {
  return new Map(decisions.map(decision => [decision, keyOf(decision.operand)]))
}
