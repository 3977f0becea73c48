import { existsSync } from 'node:fs'
import { getSystemErrorMap } from 'node:util'

/** Errors that every further write would meet as well: no space, no quota, a file system that is read-only. */
const HOPELESS = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** The system's code for an error, `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

/** What went wrong, in the system's words. */
export function causeOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message
}

/** Whether the process or the system has no descriptor left. */
export function outOfDescriptors(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'EMFILE' || code === 'ENFILE'
}

/** Whether an error at one file is one of all files. */
export function isHopeless(error: unknown, folder: string): boolean {
  return HOPELESS.has(codeOf(error) ?? '') || !existsSync(folder)
}
