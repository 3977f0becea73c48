#!/usr/bin/env node
import { balanceCheck } from '../lib/cli/balance-check.ts'
import { CHECK_OPTIONS, ONCE_OPTIONS } from '../lib/cli/bin-options.ts'
import { LINE_OPTIONS } from '../lib/cli/bound-options.ts'
import { HEADER_OPTIONS } from '../lib/cli/header-options.ts'
import { recordInput } from '../lib/cli/input.ts'
import { LABEL_OPTIONS } from '../lib/cli/label-options.ts'
import { showProgress } from '../lib/cli/progress.ts'
import { References } from '../lib/cli/references.ts'
import { run } from '../lib/cli/run.ts'
import { kindOf } from '../lib/cli/text-input.ts'
import {
  TEXT_DISPLAY_OPTIONS,
  TEXT_OPTIONS,
  TEXT_PREFIX_OPTIONS,
  textTarget,
} from '../lib/cli/text-options.ts'
import { checkTextOptions, printRows, printText, writeRows } from '../lib/cli/text-output.ts'

await run({
  name: 'flow2txt',
  synopsis: '[option…] [records…]',
  purpose:
    'Writes flow records as text with tabs between its columns, and with --packets packets as well: to files, or ' +
    'without --write the one or the other to stdout.',
  readsStdin: true,
  options: [
    ...TEXT_PREFIX_OPTIONS,
    ...TEXT_OPTIONS,
    ...HEADER_OPTIONS,
    ...LABEL_OPTIONS,
    ...TEXT_DISPLAY_OPTIONS,
    ...ONCE_OPTIONS,
    ...LINE_OPTIONS,
    ...CHECK_OPTIONS,
  ],
  examples: [
    'pcap2json mail.pcap | flowtag | pldsink --packets | flow2txt -w results/ -s',
    'flow2txt --columns results/mail_flows.txt',
  ],
  async main(context) {
    const { options, operands } = context
    checkTextOptions(options)
    const files = operands.length === 0 ? ['-'] : operands
    const kind = options.columns === true ? await kindOf(files) : 'records'
    if (kind !== 'records') {
      if (kind === 'text') await printText(files)
      return
    }
    const packets = options.packets === true
    const references = new References()
    const source = recordInput(context, {
      payload: packets ? 'decode' : 'keep',
      resolve: references.resolve,
      lines: !packets,
    })
    const hide = showProgress(source, options.quiet !== true && options.columns !== true)
    const { to = '-' } = textTarget(options)
    const check = balanceCheck(context)
    await (to === '-' ? printRows : writeRows)(source, context, check.stages).finally(hide)
    references.close()
    check.tell()
  },
})
