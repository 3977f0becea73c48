import { existsSync } from 'node:fs'
import { codeOf } from '../system-errors.ts'

/** Errors that every further write would meet as well: no space, no quota, a file system that is read-only. */
const HOPELESS = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** Whether the process or the system has no descriptor left. */
export function outOfDescriptors(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'EMFILE' || code === 'ENFILE'
}

/** Whether an error at one file is one of all files. */
export function isHopeless(error: unknown, folder: string): boolean {
  return HOPELESS.has(codeOf(error) ?? '') || !existsSync(folder)
}
