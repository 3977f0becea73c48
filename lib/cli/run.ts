import { PldError } from '../errors.ts'
import { type BinFace, helpText } from './help.ts'
import { Messages } from './messages.ts'
import { type Arguments, type Option, parseArguments } from './options.ts'
import { Signals } from './signals.ts'
import { version } from './version.ts'

/** What every bin understands. */
export const SHARED_OPTIONS: readonly Option[] = [
  { name: 'quiet', short: 'q', kind: 'flag', help: 'say nothing but errors' },
  { name: 'verbose', short: 'v', kind: 'flag', help: 'say more' },
  { name: 'strict', kind: 'flag', help: 'exit with 1 for odd packets as well' },
  { name: 'color', kind: 'choice', choices: ['auto', 'always', 'never'], help: 'colours', default: 'auto' },
  { name: 'help', short: 'h', kind: 'flag', help: 'print this help' },
  { name: 'version', short: 'V', kind: 'flag', help: 'print the version' },
]

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
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // a reader that has gone is no fault of the run, and the pipeline destroys stdout with whatever ended it
    if (error.syscall === 'write' && !gone(error)) messages.error(error)
  })
  try {
    const table = [...bin.options, ...SHARED_OPTIONS]
    const { options, operands } = parseArguments(process.argv.slice(2), table)
    if (options.help) {
      process.stdout.write(helpText({ ...bin, options: table }))
      return
    }
    if (options.version) {
      process.stdout.write(`${bin.name} ${version()}\n`)
      return
    }
    if (bin.readsStdin && operands.length === 0 && process.stdin.isTTY) {
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
    if (!gone(error as Error)) fail(bin, messages, error as Error)
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
