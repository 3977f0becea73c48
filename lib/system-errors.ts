import { constants } from 'node:os'
import { getSystemErrorMap } from 'node:util'

/** Errors that Node has neither a name nor words for. */
const UNNAMED: Readonly<Record<string, string>> = { EDQUOT: 'disk quota exceeded' }

/** The system's code for an error, `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  return unnamed(error) ?? (error as NodeJS.ErrnoException).code
}

/** What went wrong, in the system's words. */
export function causeOf(error: unknown): string {
  const code = unnamed(error)
  if (code !== undefined) return UNNAMED[code]!
  const { errno, message } = error as NodeJS.ErrnoException
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message
}

function unnamed(error: unknown): string | undefined {
  const { errno = 0 } = error as NodeJS.ErrnoException
  return Object.keys(UNNAMED).find(code => errno === -(constants.errno as Record<string, number>)[code]!)
}
