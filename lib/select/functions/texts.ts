import { isUtf8 } from 'node:buffer'
import type { FunctionSpec, FunctionTable } from '../functions.ts'
import { anyOf, textOf, type Value } from '../values.ts'
import { each } from './arguments.ts'

/** A test of a text against another one. `fold`: upper and lower case are the same. */
function textTest(test: (text: string, other: string) => boolean, help: string, fold = false): FunctionSpec {
  return {
    params: 'value, text',
    min: 2,
    max: 2,
    help,
    build([value, other]) {
      const folded = (one: Value): string | undefined => {
        const text = textOf(one)
        return fold ? text?.toLowerCase() : text
      }
      const fixed = other!.isConstant ? folded(other!.value) : undefined
      return row => {
        const wanted = fixed ?? folded(other!.read(row))
        if (wanted === undefined) return false
        return anyOf(value!.read(row), one => {
          const text = folded(one)
          return text !== undefined && test(text, wanted)
        })
      }
    },
  }
}

/** A test and its twin, whose name ends in `i`, which does not tell upper and lower case apart. */
function pair(
  names: readonly string[],
  test: (text: string, other: string) => boolean,
  help: string,
): [string, FunctionSpec][] {
  return names.flatMap(name => [
    [name, textTest(test, help)] as [string, FunctionSpec],
    [`${name}i`, textTest(test, `${help}, in upper or lower case`, true)] as [string, FunctionSpec],
  ])
}

function textFunction(apply: (text: string) => Value, help: string): FunctionSpec {
  return {
    params: 'value',
    min: 1,
    max: 1,
    help,
    givesText: true,
    build: ([value]) => {
      return row =>
        each(value!.read(row), one => {
          const text = textOf(one)
          return text === undefined ? undefined : apply(text)
        })
    },
  }
}

/** Bytes as text: UTF-8 if they are, else a character a byte, so that nothing is lost. */
function decoded(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}

function urlDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // a lone % or bytes that are no UTF-8
    return text
  }
}

export const TEXT_FUNCTIONS: FunctionTable = {
  ...Object.fromEntries([
    ...pair(['contains'], (text, other) => text.includes(other), 'the text is somewhere in it'),
    ...pair(['hasprefix', 'startswith'], (text, other) => text.startsWith(other), 'it begins with the text'),
    ...pair(['hassuffix', 'endswith'], (text, other) => text.endsWith(other), 'it ends with the text'),
    ...pair(['streq'], (text, other) => text === other, 'it is the text'),
  ]),
  matches: {
    params: 'value, regex',
    min: 2,
    max: 2,
    help: 'as value ~ /regex/',
    build: ([value, pattern], scope) => scope.pattern(value!.read, pattern!),
  },
  has: {
    params: 'field',
    min: 1,
    max: 1,
    help: 'the record has the field',
    build: ([value]) => {
      return row => value!.read(row) !== undefined
    },
  },
  length: {
    params: 'value',
    min: 1,
    max: 1,
    help: 'characters of a text, entries of a list',
    build: ([value]) => {
      return row => {
        const given = value!.read(row)
        return Array.isArray(given) ? given.length : textOf(given)?.length
      }
    },
  },
  substr: {
    params: 'text, from[, length]',
    min: 2,
    max: 3,
    help: 'part of a text; its first character is 1, as in awk',
    givesText: true,
    build: ([text, from, length]) => {
      return row => {
        const start = Number(from!.read(row)) - 1
        const end = length === undefined ? undefined : start + Number(length.read(row))
        return textOf(text!.read(row))?.slice(
          Math.max(0, start),
          end === undefined ? undefined : Math.max(0, end),
        )
      }
    },
  },
  tolower: textFunction(text => text.toLowerCase(), 'in lower case'),
  toupper: textFunction(text => text.toUpperCase(), 'in upper case'),
  base64d: textFunction(decoded, 'text that is in base64, so base64d(payload)'),
  base64: textFunction(text => Buffer.from(text).toString('base64'), 'in base64'),
  urldecode: textFunction(urlDecoded, 'without %20 and the like'),
}
