import { balanceText, checkBalances } from '../balance/check-balances.ts'
import { keepLedger, Ledger } from '../balance/ledger.ts'
import type { Batch } from '../batch.ts'
import type { Stage } from '../stage.ts'
import type { BinContext } from './run.ts'

/** The check that a command line wants: the stage that watches, none without `--check`, and what is to be called in the end. */
export function balanceCheck({ options, messages }: BinContext): { stages: Stage<Batch>[]; tell(): void } {
  if (options.check !== true) return { stages: [], tell: () => {} }
  const ledger = new Ledger()
  const tell = (): void => {
    const verdicts = checkBalances(ledger)
    const unknown = verdicts.filter(({ outcome }) => outcome === 'incomplete')
    for (const verdict of verdicts) {
      if (verdict.outcome === 'broken') messages.fault(`balance broken: ${balanceText(ledger, verdict)}`)
      else if (options.verbose === true)
        messages.say(
          `balance ${verdict.outcome === 'holds' ? 'holds' : 'unknown'}: ${balanceText(ledger, verdict)}`,
        )
    }
    if (unknown.length === 0) return
    const stages = [...new Set(unknown.flatMap(({ missing }) => missing))]
    const lost = unknown.filter(
      ({ balance, missing }) => balance.passage !== undefined && missing.length === 0,
    )
    const why = [
      ...(stages.length === 0 ? [] : [`no summary of ${stages.join(', ')}`]),
      ...lost.map(({ balance, left, right }) => `${balance.name}: ${left} of ${right}`),
    ]
    messages.say(
      `input incomplete: ${why.length === 0 ? 'counters are missing' : why.join('; ')}; ` +
        `${unknown.length} of ${verdicts.length} balances cannot be told`,
    )
  }
  return { stages: [keepLedger(ledger)], tell }
}
