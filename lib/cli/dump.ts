import { capturesOf } from './captures.ts'
import { wantsConsole } from './console-options.ts'
import { dumpEach } from './dump-each.ts'
import { dumpInto, reportKind } from './dump-into.ts'
import { labelsFrom } from './label-options.ts'
import { showProgress } from './progress.ts'
import type { BinContext } from './run.ts'
import { textTarget } from './text-options.ts'

/** What pldump does: all captures as one run, or with `--each` a run for each. */
export async function dump(context: BinContext): Promise<void> {
  const { options, signals, color } = context
  if (options.each === true) return dumpEach(context)
  const input = capturesOf(context)
  const folder = textTarget(options).to ?? `${input.name}.pld`
  const report = await dumpInto(folder, input, context, await labelsFrom(options), run => {
    signals.onSignal(() => run.stop())
    return showProgress(run, options.quiet !== true)
  })
  const isTold = options.log === true || options.json === true || options.quiet === true
  if (!isTold && !wantsConsole(context)) process.stdout.write(report.text(reportKind(options), color))
}
