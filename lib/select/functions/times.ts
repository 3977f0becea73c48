import type { FunctionSpec, FunctionTable } from '../functions.ts'
import { textOf, type Value } from '../values.ts'
import { each } from './arguments.ts'

const TIME = /^(-?\d{1,12})(?:\.(\d+))?$/

/** A time in seconds as ISO 8601, with the digits that it came with. */
function timeFunction(help: string, text: (date: Date, fraction: string) => string): FunctionSpec {
  return {
    params: 'seconds',
    min: 1,
    max: 1,
    help,
    givesText: true,
    build: ([value]) => {
      return row => each(value!.read(row), one => formatted(one, text))
    },
  }
}

function formatted(value: Value, text: (date: Date, fraction: string) => string): Value {
  const match = TIME.exec(textOf(value) ?? '')
  if (match === null) return undefined
  const date = new Date(Number(match[1]) * 1000)
  return Number.isNaN(date.getTime()) ? undefined : text(date, match[2] === undefined ? '' : `.${match[2]}`)
}

const seconds = (date: Date): string => date.toISOString().slice(0, 19)

function local(date: Date, fraction: string): string {
  const minutes = -date.getTimezoneOffset()
  const two = (number: number): string => String(number).padStart(2, '0')
  const ahead = Math.abs(minutes)
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.trunc(ahead / 60))}:${two(ahead % 60)}`
  return `${seconds(new Date(date.getTime() + minutes * 60_000))}${fraction}${zone}`
}

export const TIME_FUNCTIONS: FunctionTable = {
  utc: timeFunction('2009-11-18T11:36:55.037210Z', (date, fraction) => `${seconds(date)}${fraction}Z`),
  localtime: timeFunction('the same by the clock of this machine', local),
  unix: {
    params: 'date',
    min: 1,
    max: 1,
    help: 'seconds of "2009-11-18T12:00:00Z"; without a zone: UTC',
    build([value], scope) {
      const seconds = (date: Value): Value => {
        const text = textOf(date) ?? ''
        const zoned = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/i.test(text.replace(' ', 'T'))
        const time = Date.parse(text.replace(' ', 'T') + (zoned || !/\d:\d/.test(text) ? '' : 'Z'))
        return Number.isNaN(time) ? undefined : time / 1000
      }
      if (!value!.isConstant) return row => each(value!.read(row), seconds)
      const fixed = seconds(value!.value)
      if (fixed === undefined) scope.fail('this is no date as "2009-11-18T12:00:00Z"', value!.at)
      return () => fixed
    },
  },
}
