import type { Operand, Test } from './tests.ts'

/** A comparison and where it leads: tests as a graph without circles, walked from its first decision. */
export interface Decision {
  operand: Operand
  relation: 'eq' | 'gt' | 'ge'
  value: number
  yes: Target
  no: Target
}

/** The next decision, or whether the frame is taken. */
export type Target = Decision | boolean

/** Puts a test in front of what is to happen if it holds and if it does not. */
export function decide(test: Test, yes: Target, no: Target): Target {
  switch (test.kind) {
    case 'always':
      return test.value ? yes : no
    case 'not':
      return decide(test.test, no, yes)
    case 'compare':
      return { operand: test.operand, relation: test.relation, value: test.value, yes, no }
    case 'chain': {
      let [ifSo, ifNot] = [yes, no]
      for (const { and, test: term } of test.rest.toReversed()) {
        // the last `and`, `or` is the outermost
        const here = decide(term, ifSo, ifNot)
        if (and) ifSo = here
        else ifNot = here
      }
      return decide(test.first, ifSo, ifNot)
    }
  }
}

/** All decisions that can be reached, each in front of those it leads to. */
export function inOrder(start: Target): Decision[] {
  const done: Decision[] = []
  const seen = new Set<Decision>()
  // by hand, as paths can be thousands of decisions long
  const open: { decision: Decision; left: Target[] }[] = []
  const enter = (target: Target): void => {
    if (typeof target === 'boolean' || seen.has(target)) return
    seen.add(target)
    open.push({ decision: target, left: [target.yes, target.no] })
  }
  enter(start)
  while (open.length > 0) {
    const top = open.at(-1)!
    const next = top.left.pop()
    if (next !== undefined) enter(next)
    else done.push(open.pop()!.decision)
  }
  return done.reverse()
}
