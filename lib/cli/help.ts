import type { Option } from './options.ts'

/** What the help of a bin is made from. */
export interface BinFace {
  name: string
  /** What stands behind the name in the usage line. */
  synopsis: string
  /** One sentence. */
  purpose: string
  options: readonly Option[]
  /** Command lines that can be typed as they are. */
  examples: readonly string[]
}

const WIDTH = 80
const INDENT = 26

const SETTINGS =
  'Each option but -h and -V is a setting as well, PLDUMP_ and its name: with -D, in the environment, in a file. ' +
  'The command line goes before the environment, that before the file; --print-config lists them.'

/** The whole help of a bin, at most 80 columns wide. */
export function helpText(face: BinFace): string {
  const rows = face.options.map(option => row(spelling(option), describe(option)))
  return [
    `Usage: ${face.name} ${face.synopsis}`,
    '',
    ...wrap(face.purpose, WIDTH),
    '',
    'Options:',
    ...rows,
    '',
    ...wrap(SETTINGS, WIDTH),
    '',
    'Examples:',
    ...face.examples.map(example => `  ${example}`),
    '',
    'Exit codes: 0 done, 1 damaged input or I/O error, 2 usage or cannot open.',
    '',
  ].join('\n')
}

function spelling(option: Option): string {
  const value = option.kind === 'flag' ? '' : ` ${option.value ?? option.choices?.join('|') ?? 'N'}`
  return `${option.short ? `-${option.short}, ` : '    '}--${option.name}${value}`
}

function describe(option: Option): string {
  const names = option.kind === 'names' ? `: ${option.choices!.join(', ')}` : ''
  const opposite = option.opposite ? ` (--${option.opposite} for the contrary)` : ''
  return `${option.help}${names}${opposite}${option.default === undefined ? '' : ` [${option.default}]`}`
}

/** A line of two columns; the right one is broken into lines, and begins in a line of its own if the left one is long. */
export function row(left: string, right: string): string {
  const lines = wrap(right, WIDTH - INDENT)
  const pad = ' '.repeat(INDENT)
  const first = `  ${left}`
  if (first.length > INDENT - 2) return [first, ...lines.map(line => pad + line)].join('\n')
  return [first.padEnd(INDENT) + lines[0], ...lines.slice(1).map(line => pad + line)].join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
