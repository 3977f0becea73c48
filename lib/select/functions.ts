import { ADDRESS_FUNCTIONS } from './functions/addresses.ts'
import { BIT_FUNCTIONS } from './functions/bits.ts'
import { HEADER_FUNCTIONS } from './functions/headers.ts'
import { NUMBER_FUNCTIONS } from './functions/numbers.ts'
import { PORT_FUNCTIONS } from './functions/ports.ts'
import { TEXT_FUNCTIONS } from './functions/texts.ts'
import { TIME_FUNCTIONS } from './functions/times.ts'
import { TUPLE_FUNCTIONS } from './functions/tuples.ts'
import type { Read, Row } from './row.ts'
import type { Value } from './values.ts'

/** What a function is given. */
export interface Argument {
  read: Read
  /** Position in the expression. */
  at: number
  isConstant?: boolean | undefined
  value?: Value
  /** A regular expression. */
  pattern?: RegExp | undefined
  /** A text that stands in the expression, or that a function made: it is compared as text. */
  text?: boolean | undefined
}

/** What a function may ask while it is built. */
export interface Scope {
  /** A field by its name; `optional`: it is right if a text file has no such column. */
  field(name: string, optional?: boolean): Read
  pattern(read: Read, pattern: Argument): (row: Row) => boolean
  fail(message: string, at: number): never
}

/** A function of the language. */
export interface FunctionSpec {
  params: string
  min: number
  max: number
  help: string
  /** Whether what it gives is a text, so that it is compared as one. */
  givesText?: boolean
  build(given: readonly Argument[], scope: Scope, at: number): Read
}

export type FunctionTable = Readonly<Record<string, FunctionSpec>>

/** All functions, as help and messages list them. */
export const FUNCTIONS: FunctionTable = {
  ...BIT_FUNCTIONS,
  ...ADDRESS_FUNCTIONS,
  ...PORT_FUNCTIONS,
  ...TUPLE_FUNCTIONS,
  ...HEADER_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...TIME_FUNCTIONS,
}

/** What to use in place of tawk's functions that are something else here. */
export const HINTS: Readonly<Record<string, string>> = {
  aggr: "--aggr 'FIELD,FIELD' counts, --sum and --top go with it",
  t2sort: '--sort FIELD does that',
  t2rsort: '--sort FIELD --reverse does that',
  follow_stream: 'that is a program of its own, flowfollow',
  json: 'records are JSON already',
  print: '--fields LIST prints some fields',
  wildcard: '--fields LIST prints some fields',
}
