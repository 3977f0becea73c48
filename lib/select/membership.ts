import type { Argument, Scope } from './functions.ts'
import { addressTest } from './networks.ts'
import { numberList, testNumber } from './number-list.ts'
import { comparison } from './operators.ts'
import type { Row } from './row.ts'
import { anyOf } from './values.ts'

/** `x in [25, 80]`, `x in "25;80;1000-1999"`, `x in "10.0.0.0/8"`, and `"x" in aList`. */
export function membership(left: Argument, right: Argument, scope: Scope): (row: Row) => boolean {
  if (right.text && right.isConstant) {
    const text = right.value as string
    const numbers = numberList(text)
    if (numbers !== undefined) return row => testNumber(left.read(row), numbers)
    const addresses = addressTest(text)
    if (addresses !== undefined) return row => anyOf(left.read(row), addresses)
  }
  if (right.isConstant && !Array.isArray(right.value) && !right.text)
    scope.fail(
      'behind in stands a list: [25, 80], "25;1000-1999", "10.0.0.0/8" or a field with a list',
      right.at,
    )
  if (right.isConstant && right.text) {
    const parts = (right.value as string).split(';')
    const same = comparison('==', true)
    return row => anyOf(left.read(row), one => parts.some(part => same(one, part)))
  }
  const same = comparison('==', left.text === true)
  return row => same(left.read(row), right.read(row))
}
