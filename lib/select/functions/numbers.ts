import type { FunctionSpec, FunctionTable } from '../functions.ts'
import { toNumber, type Value } from '../values.ts'
import { each } from './arguments.ts'

function numberFunction(
  apply: (number: number | bigint) => Value,
  help: string,
  givesText = false,
): FunctionSpec {
  return {
    params: 'number',
    min: 1,
    max: 1,
    help,
    givesText,
    build: ([value]) => {
      return row =>
        each(value!.read(row), one => {
          const number = toNumber(one)
          return number === undefined ? undefined : apply(number)
        })
    },
  }
}

const UNITS = ['', ' K', ' M', ' G', ' T', ' P', ' E']

/** As in the end report: `5.90 K`; the unit goes by powers of 1024, the number by powers of 1000. */
function humanReadable(number: number | bigint): string {
  const value = Number(number)
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10))
  return unit === 0 ? String(number) : `${(value / 1000 ** unit).toFixed(2)}${UNITS[unit]}`
}

export const NUMBER_FUNCTIONS: FunctionTable = {
  int: numberFunction(
    value => (typeof value === 'bigint' ? value : Math.trunc(value)),
    'without its fraction',
  ),
  abs: numberFunction(value => (value < 0 ? -value : value), 'without its sign'),
  hrnum: numberFunction(humanReadable, 'for people, 4.99 M', true),
}
