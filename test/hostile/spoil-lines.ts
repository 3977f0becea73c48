import type { Dice } from './dice.ts'

/** Values that no field expects, as JSON. */
const VALUES = [
  'null',
  'true',
  '""',
  '"x"',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '{"__proto__":1}',
  '-1',
  '-0',
  '0.5',
  '1e400',
  '-1e400',
  '9007199254740992',
  '-9007199254740992',
  '9007199254740991',
  '4294967296',
  '2147483648',
  '1e308',
  '123456789012345678901234567890',
  '"NaN"',
  '"Infinity"',
  '"0xffffffffffffffffff"',
  '"0x"',
  '"-1.5"',
  '"99999999999999999999.123456789"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\u0000"',
  '"../../../etc/passwd"',
  '"::ffff:1.2.3.4"',
  '"999.1.1.1"',
  '"\u202e\u2028"',
  '"====" ',
  '"A===" ',
  '"QUJD!"',
  '[1,2,3,4,5,6,7]',
  '[{"offset":-1,"length":1e300,"reason":7}]',
  '[{"sctpStream":"a","pldLen":-5}]',
]
/** No JSON at all. */
const BROKEN = [
  'NaN',
  'Infinity',
  'undefined',
  "'x'",
  '01',
  '1.',
  '.5',
  '0x10',
  '"\\x"',
  '"\\u12"',
  '{',
  ']',
  '',
]
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '\\u005f_proto__',
  'type',
  'flowInd',
]
const ABSURD = [
  '9007199254740992',
  '-9007199254740992',
  '9007199254740991',
  '-9007199254740991',
  '4294967295',
  '-1',
  '0',
]
const NUMBERS = [
  'flowInd',
  'offset',
  'pktNo',
  'filePktNo',
  'length',
  'firstPktNo',
  'tcpSeq',
  'snapL7Len',
  'atOffset',
]

type Spoil = (line: string, dice: Dice, all: readonly string[]) => string

/** The value of one member, chosen by chance, as another one. */
function withValue(line: string, value: string, dice: Dice): string {
  const members = [
    ...line.matchAll(
      /"[A-Za-z0-9_]+":("(?:[^"\\]|\\.)*"|\[(?:[^\][]|\[[^\]]*\])*\]|-?[\d.]+|true|false|null)/g,
    ),
  ]
  if (members.length === 0) return line
  const member = dice.pick(members)
  const from = member.index + member[0].length - member[1]!.length
  return line.slice(0, from) + value + line.slice(from + member[1]!.length)
}

const LINE_SPOILS: Readonly<Record<string, Spoil>> = {
  value: (line, dice) => withValue(line, dice.pick(VALUES), dice),
  values: (line, dice) => withValue(withValue(line, dice.pick(VALUES), dice), dice.pick(VALUES), dice),
  broken: (line, dice) => withValue(line, dice.pick(BROKEN), dice),
  absurd: (line, dice) => {
    const name = dice.pick(NUMBERS)
    return line.replace(new RegExp(`"${name}":[^,}]*`), `"${name}":${dice.pick(ABSURD)}`)
  },
  cut: (line, dice) => line.slice(0, dice.below(line.length + 1)),
  cutFront: (line, dice) => line.slice(dice.below(line.length + 1)),
  byte: (line, dice) => {
    const at = dice.below(line.length + 1)
    return line.slice(0, at) + String.fromCharCode(dice.below(256)) + line.slice(at + dice.below(2))
  },
  name: (line, dice) => line.replace('{', `{"${dice.pick(NAMES)}":${dice.pick(VALUES)},`),
  nameLast: (line, dice) => line.replace(/\}$/, `,"${dice.pick(NAMES)}":${dice.pick(VALUES)}}`),
  deep: (line, dice) => {
    const depth = dice.pick([10, 1000, 100_000])
    const [open, close] = dice.pick([
      ['[', ']'],
      ['{"a":', '}'],
    ])
    return withValue(line, open!.repeat(depth) + (open === '[' ? '' : '1') + close!.repeat(depth), dice)
  },
  spaces: line => line.replace(/([:,{])/g, ' $1 '),
  escaped: line => line.replace(/"([a-z])/g, (_, letter) => `"\\u00${letter.charCodeAt(0).toString(16)}`),
  crlf: line => `${line}\r`,
  nul: (line, dice) => `${line.slice(0, dice.below(line.length))}\0`,
  gone: () => '',
  short: (_line, dice) =>
    dice.pick(['{}', '{"type":"y"}', '{"type":"gap"}', '{"type":"flow"}', '[]', '1', '"x"', 'null']),
  twice: line => `${line}\n${line}`,
  other: (_line, dice, all) => dice.pick(all),
  type: (line, dice) =>
    line.replace(
      /"type":"\w+"/,
      `"type":"${dice.pick(['packet', 'flow', 'chunk', 'gap', 'capture', 'note', 'frame', 'summary', 'overlap', 'x'])}"`,
    ),
}

/** A text of records in which some lines are spoilt, `share` of them about. */
export function spoiltLines(text: string, dice: Dice, share: number): Buffer {
  const lines = text.split('\n').slice(0, -1)
  const kinds = Object.keys(LINE_SPOILS)
  const kind = dice.chance(0.3) ? 'value' : dice.chance(0.5) ? dice.pick(kinds) : undefined
  const out: string[] = []
  for (const line of lines) {
    if (dice.chance(share)) out.push(LINE_SPOILS[kind ?? dice.pick(kinds)]!(line, dice, lines))
    else out.push(line)
  }
  if (dice.chance(0.2)) shuffle(out, dice)
  // as latin1, so that bytes above 0x7f are bytes that UTF-8 does not know
  const bytes = Buffer.from(
    `${out.join('\n')}${dice.chance(0.8) ? '\n' : ''}`,
    dice.chance(0.5) ? 'utf8' : 'latin1',
  )
  if (!dice.chance(0.1)) return bytes
  for (let i = 0; i < 20 && bytes.length > 0; i++) bytes[dice.below(bytes.length)] = dice.below(256)
  return bytes
}

function shuffle(lines: string[], dice: Dice): void {
  for (let i = lines.length - 1; i > 0; i--) {
    const other = dice.below(i + 1)
    const kept = lines[i]!
    lines[i] = lines[other]!
    lines[other] = kept
  }
}
