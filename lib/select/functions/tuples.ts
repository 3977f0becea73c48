import type { Argument, FunctionSpec, FunctionTable, Scope } from '../functions.ts'
import { testNumber } from '../number-list.ts'
import type { Row } from '../row.ts'
import { textOf } from '../values.ts'
import { addresses, numbers } from './arguments.ts'
import { PROTOCOLS } from './ports.ts'

/** The fields of the tuples; `--fields tuple5` and `--aggr tuple5` stand for these as well. */
export const TUPLES: Readonly<Record<string, readonly string[]>> = {
  tuple2: ['srcIP', 'dstIP'],
  tuple3: ['srcIP', 'dstIP', 'dstPort'],
  tuple4: ['srcIP', 'srcPort', 'dstIP', 'dstPort'],
  tuple5: ['srcIP', 'srcPort', 'dstIP', 'dstPort', 'l4Proto'],
  tuple6: ['srcIP', 'srcPort', 'dstIP', 'dstPort', 'l4Proto', 'ethVlanID'],
}

/** The test of one field against what was given for it; undefined where that is `"*"`. */
function part(name: string, argument: Argument, scope: Scope): ((row: Row) => boolean) | undefined {
  if (argument.value === '*') return undefined
  const read = scope.field(name)
  if (name.endsWith('IP')) {
    const test = addresses([argument], scope)
    return row => test(read(row))
  }
  const test = numbers([argument], scope, name === 'l4Proto' ? PROTOCOLS : undefined)
  return row => testNumber(read(row), test)
}

function tuple(name: string): FunctionSpec {
  const fields = TUPLES[name]!
  return {
    params: '[value…]',
    min: 0,
    max: fields.length,
    help: `${fields.join(', ')} are as given, "*" for any; or their text, with tabs between`,
    givesText: true,
    build(given, scope, at) {
      if (given.length === 0) {
        const reads = fields.map(field => scope.field(field))
        return row => reads.map(read => textOf(read(row)) ?? '').join('\t')
      }
      if (given.length < fields.length) scope.fail(`${name}() takes ${fields.join(', ')}, or nothing`, at)
      const tests = fields.flatMap((field, index) => part(field, given[index]!, scope) ?? [])
      return row => tests.every(test => test(row))
    },
  }
}

export const TUPLE_FUNCTIONS: FunctionTable = Object.fromEntries(
  Object.keys(TUPLES).map(name => [name, tuple(name)]),
)
