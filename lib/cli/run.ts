import { PldError } from '../errors.ts'
import { causeOf } from '../system-errors.ts'
import { namesCaptures } from './captures.ts'
import { hasSettings } from './has-settings.ts'
import type { BinFace } from './help.ts'
import { Messages } from './messages.ts'
import { type Arguments, parseArguments } from './options.ts'
import { SHARED_OPTIONS } from './shared-options.ts'
import { Signals } from './signals.ts'

import { refuseSettings } from './split-settings.ts'
import { version } from './version.ts'

/** A bin: its face, and what it does. */
export interface Bin extends BinFace {
  /** Whether it wants standard input when there is no operand, and so must not wait for a terminal. */
  readsStdin: boolean
  main(context: BinContext): Promise<void>
}

export interface BinContext extends Arguments {
  messages: Messages
  signals: Signals
  /** Whether text on stdout may be coloured. */
  color: boolean
}

/**
 * Runs a bin: reads the command line, prints help or version, turns errors into one line and an exit code, ends quietly
 * when the reader of stdout has gone. It never calls `process.exit()` after output, which would cut it off.
 */
export async function run(bin: Bin): Promise<void> {
  let messages = new Messages(bin.name, {}, line => process.stderr.write(line))
  let toldOutput = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // a reader that has gone is no fault of the run
    if (error.syscall !== 'write' || gone(error)) return
    // the pipeline fails with it as well, once for each write that was under way
    if (toldOutput) return
    toldOutput = true
    messages.error(new PldError('ERR_WRITE', causeOf(error), { file: 'standard output' }, error))
    // it may come when all else is done
    process.exitCode = messages.exitCode
  })
  try {
    const table = [...bin.options, ...SHARED_OPTIONS]
    const words = process.argv.slice(2)
    const given = parseArguments(words, table)
    if (given.options.help) {
      const { helpText } = await import('./help.ts')
      process.stdout.write(helpText({ ...bin, options: table }))
      return
    }
    if (given.options.version) {
      process.stdout.write(`${bin.name} ${version()}\n`)
      return
    }
    const { operands } = given
    refuseSettings(words, given)
    let { options } = given
    if (hasSettings(options, process.env)) {
      // loaded only here, because every bin has to be ready at once
      const { optionsOf, readSettings } = await import('./settings.ts')
      const settings = readSettings(words, table, process.env)
      options = optionsOf(settings)
      if (options['print-config']) {
        const { configText } = await import('./print-config.ts')
        process.stdout.write(configText(bin.name, table, settings))
        return
      }
    }
    if (bin.readsStdin && operands.length === 0 && !namesCaptures(options) && process.stdin.isTTY) {
      throw new PldError('ERR_USAGE', 'standard input is a terminal; name a file or pipe something in')
    }
    const loudness = { quiet: options.quiet === true, strict: options.strict === true }
    messages = new Messages(bin.name, loudness, line => process.stderr.write(line))
    const signals = new Signals(messages)
    await bin.main({
      options,
      operands,
      messages,
      signals,
      color: colored(options.color as string | undefined),
    })
    signals.close()
  } catch (error) {
    const ofOutput = toldOutput && (error as NodeJS.ErrnoException).syscall === 'write'
    if (!ofOutput && !gone(error as Error)) fail(bin, messages, error as Error)
  }
  messages.close()
  process.exitCode = messages.exitCode
}

function gone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' && error.syscall === 'write'
}

function fail(bin: Bin, messages: Messages, error: Error): void {
  messages.error(error)
  if (error instanceof PldError && error.code === 'ERR_USAGE') messages.say(`try '${bin.name} --help'`)
  else if (!(error instanceof PldError) && error.stack !== undefined && process.env.PLDPIPE_DEBUG) {
    process.stderr.write(`${error.stack}\n`)
  }
}

/** NO_COLOR: https://no-color.org */
function colored(choice = 'auto'): boolean {
  if (choice !== 'auto') return choice === 'always'
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}
