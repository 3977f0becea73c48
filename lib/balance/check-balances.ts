import { BALANCES, type Balance, type Passage, type Term } from './balances.ts'
import { type Ledger, stageOf } from './ledger.ts'

/** What became of a balance. `incomplete`: records that it needs were taken out on the way, so that it says nothing. */
export interface Verdict {
  balance: Balance
  outcome: 'holds' | 'broken' | 'incomplete'
  /** The numbers of both sides; undefined where no record tells them. */
  left: number | undefined
  right: number | undefined
  /** Stages whose summaries are missing. */
  missing: string[]
}

/**
 * Checks each balance against the numbers of a run. A filter in a pipe may take records away: where fewer came through a
 * passage between two processes than were sent, nothing is broken, and what lies behind it cannot be told.
 */
export function checkBalances(ledger: Ledger, balances = BALANCES): Verdict[] {
  const open = new Set<Passage>()
  const filtered = ledger.has('filter')
  return [
    ...balances.filter(({ passage }) => passage !== undefined),
    ...balances.filter(({ passage }) => passage === undefined),
  ]
    .filter(({ filter }) => filter === undefined || filter === filtered)
    .map(balance => {
      const verdict = verdictOf(ledger, balance, open)
      if (balance.passage !== undefined && verdict.outcome !== 'holds') open.add(balance.passage)
      return verdict
    })
}

function verdictOf(ledger: Ledger, balance: Balance, open: ReadonlySet<Passage>): Verdict {
  const { left, right, passage, behind = [] } = balance
  const terms = [...left, ...right]
  const missing = [...new Set(terms.map(stageOf))].filter(stage => !ledger.has(stage))
  const sums = { left: sum(ledger, left), right: sum(ledger, right) }
  const verdict = (outcome: Verdict['outcome']): Verdict => ({ balance, outcome, ...sums, missing })
  if (sums.left === undefined || sums.right === undefined) return verdict('incomplete')
  if (sums.left === sums.right) return verdict('holds')
  if (behind.some(each => open.has(each))) return verdict('incomplete')
  const fewer = passage !== undefined && sums.left < sums.right
  return verdict(fewer && !terms.every(term => ledger.isLocal(term)) ? 'incomplete' : 'broken')
}

function sum(ledger: Ledger, terms: readonly Term[]): number | undefined {
  let all = 0
  for (const term of terms) {
    const value = ledger.value(term)
    if (value === undefined) return undefined
    all += value
  }
  return all
}

/** A balance with its numbers: `flows by direction: aFlows 34 + bFlows 29 = flows 63`. */
export function balanceText(ledger: Ledger, { balance, outcome, left, right }: Verdict): string {
  const side = (terms: readonly Term[]): string =>
    terms.map(term => `${term} ${ledger.value(term) ?? '?'}`).join(' + ')
  const sign = outcome === 'holds' ? '=' : '≠'
  const sums =
    balance.left.length + balance.right.length > 2 ? ` (${left ?? '?'} ${sign} ${right ?? '?'})` : ''
  return `${balance.name}: ${side(balance.left)} ${sign} ${side(balance.right)}${sums}`
}
