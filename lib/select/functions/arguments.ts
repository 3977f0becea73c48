import type { Argument, Scope } from '../functions.ts'
import { type AddressTest, addressTest } from '../networks.ts'
import { type NumberTest, numberList } from '../number-list.ts'
import { textOf, type Value } from '../values.ts'

/** The text of an argument that has to be known beforehand. */
export function constantText({ isConstant, value, at }: Argument, scope: Scope, what: string): string {
  const text = isConstant ? textOf(value) : undefined
  if (text === undefined) scope.fail(`here stands ${what}, in quotes`, at)
  return text!
}

/** Addresses and networks, in one or several arguments. */
export function addresses(given: readonly Argument[], scope: Scope): AddressTest {
  const what = 'an address or a network as "192.168.0.0/16"'
  const text = given.map(argument => constantText(argument, scope, what)).join(';')
  return (
    addressTest(text) ??
    scope.fail(`${JSON.stringify(text)} is no list of addresses and networks`, given[0]!.at)
  )
}

/** Numbers and ranges, in one or several arguments. */
export function numbers(
  given: readonly Argument[],
  scope: Scope,
  words?: Readonly<Record<string, number>>,
): NumberTest {
  const text = given.map(argument => constantText(argument, scope, 'a list as "80;443;1-1023"')).join(';')
  return (
    numberList(text, words) ??
    scope.fail(`${JSON.stringify(text)} is no list of numbers and ranges as "80;443;1-1023"`, given[0]!.at)
  )
}

/** Applies a function to a value, or to each of a list. */
export function each(value: Value, apply: (one: Value) => Value): Value {
  return Array.isArray(value) ? value.map(one => each(one, apply)) : apply(value)
}
