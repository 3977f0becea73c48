import type { FunctionTable, Scope } from '../functions.ts'
import { anyOf, toNumber, type Value } from '../values.ts'
import { constantText } from './arguments.ts'

/** RFC 9293, 3168; AE of RFC 9768. */
const FLAGS: Readonly<Record<string, number>> = {
  FIN: 0x001,
  SYN: 0x002,
  RST: 0x004,
  PSH: 0x008,
  ACK: 0x010,
  URG: 0x020,
  ECE: 0x040,
  CWR: 0x080,
  AE: 0x100,
}

/** `SYN|ACK`, `SYN;ACK`, or a number. */
function flagsOf(text: string, scope: Scope, at: number): number {
  if (/^(?:\d+|0x[\da-f]+)$/i.test(text)) return Number(text)
  return text
    .split(/[^A-Za-z]+/)
    .filter(word => word !== '')
    .reduce((mask, word) => {
      const flag = FLAGS[word.toUpperCase()]
      if (flag === undefined)
        scope.fail(`no flag is called ${word}; there are ${Object.keys(FLAGS).join(', ')}`, at)
      return mask | flag!
    }, 0)
}

function flagNames(value: Value): Value {
  const flags = toNumber(value)
  if (flags === undefined) return undefined
  return Object.keys(FLAGS)
    .filter(name => Number(flags) & FLAGS[name]!)
    .join('|')
}

/** Whether the word is one of a header chain, `eth:vlan{2}:ipv4:tcp`; of `ipv6.fraghdr` the part in front will do. */
function inChain(chain: string, word: string): boolean {
  return chain
    .toLowerCase()
    .split(':')
    .some(
      header => header.replace(/[{(].*$/, '') === word || header === word || header.startsWith(`${word}.`),
    )
}

export const HEADER_FUNCTIONS: FunctionTable = {
  hdr: {
    params: '[word]',
    min: 0,
    max: 1,
    help: 'a header of hdrDesc is this word; hdr() alone is never true: names of columns stay anyway',
    build([word], scope) {
      if (word === undefined) return () => false
      const wanted = constantText(word, scope, 'a word of hdrDesc').toLowerCase()
      const read = scope.field('hdrDesc')
      return row => anyOf(read(row), chain => typeof chain === 'string' && inChain(chain, wanted))
    },
  },
  tcpflags: {
    params: '[flags]',
    min: 0,
    max: 1,
    help: 'all of "SYN|ACK" are set; without any, the names of those that are',
    givesText: true,
    build([flags], scope) {
      const read = scope.field('tcpFlags')
      if (flags === undefined) return row => flagNames(read(row))
      const mask = flagsOf(constantText(flags, scope, 'flags as "SYN|ACK"'), scope, flags.at)
      return row => {
        const value = toNumber(read(row))
        return value !== undefined && (Number(value) & mask) === mask
      }
    },
  },
}
