import { PldError } from '../../errors.ts'

/** Ends the compilation: `at` is the place in the expression, counted from 0; the message counts from 1. */
export function refuse(at: number, what: string): never {
  throw new PldError('ERR_USAGE', `filter, character ${at + 1}: ${what}`)
}

/** Ends the compilation for a link type that cannot answer what the expression asks. */
export function refuseLink(link: string, what: string): never {
  throw new PldError('ERR_USAGE', `filter: ${what} on link type ${link}`)
}
