import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { PldError } from '../errors.ts'
import { causeOf } from '../system-errors.ts'
import { checkMagic } from './frame-cutter.ts'
import { inflate } from './gzip-rescue.ts'
import { compressionOf, GZIP, MAGIC_BYTES } from './magic.ts'

/** Bytes of a compressed file that are inflated to see what is in it. */
const PEEK = 4096

/** A capture as the user named it. */
export interface Operand {
  path: string
  /** Size in bytes and time of the last change (ms since 1970) of a regular file; undefined for pipes and devices. */
  size: number | undefined
  mtime: number | undefined
  /** `slabs`: a plain capture in a regular file; `stream`: read as it comes, and decompressed where needed. */
  way: 'slabs' | 'stream'
  /** Of a file that may still grow: says that it grows no more. */
  isClosed?: () => boolean
}

const STANDARD_INPUT = new Set(['-', '/dev/stdin', '/dev/fd/0'])

/** Whether a path means standard input. */
export function isStandardInput(path: string): boolean {
  return STANDARD_INPUT.has(path)
}

/** Looks at an input without taking anything from it. Errors: ERR_OPEN, ERR_FORMAT, ERR_COMPRESSION. */
export function inspect(path: string): Operand {
  const stats = look(path)
  if (stats.isDirectory()) throw new PldError('ERR_OPEN', 'is a directory', { file: path })
  // standard input may stand anywhere in its file, so it is read as it comes
  if (path === '-' || !stats.isFile()) return { path, size: undefined, mtime: undefined, way: 'stream' }
  const { size } = stats
  const mtime = Math.trunc(stats.mtimeMs)
  const head = peek(path)
  if (compressionOf(head) !== GZIP) {
    checkMagic(head.subarray(0, MAGIC_BYTES), head.length <= MAGIC_BYTES, path)
    return { path, size, mtime, way: 'slabs' }
  }
  const inside = inflate(head)
  if (inside !== undefined) checkMagic(inside.subarray(0, MAGIC_BYTES), false, path)
  return { path, size, mtime, way: 'stream' }
}

function look(path: string): Stats {
  try {
    return path === '-' ? fstatSync(0) : statSync(path)
  } catch (error) {
    throw openError(path, error)
  }
}

function peek(path: string): Buffer {
  const fd = openInput(path)
  try {
    const head = Buffer.alloc(PEEK)
    return head.subarray(0, readAt(path, fd, head, 0, PEEK, 0))
  } finally {
    closeSync(fd)
  }
}

/** Opens a file for reading. Error: ERR_OPEN. */
export function openInput(path: string, flags = constants.O_RDONLY): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    throw openError(path, error)
  }
}

/** Reads up to `length` bytes of a file at `position` to `target[at]`. Returns how many there were. Error: ERR_READ. */
export function readAt(
  path: string,
  fd: number,
  target: Buffer,
  at: number,
  length: number,
  position: number,
): number {
  try {
    return readSync(fd, target, at, length, position)
  } catch (error) {
    throw readError(path, error)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  ENOTDIR: 'no such file',
  EMFILE: 'too many open files',
}

export function openError(path: string, error: unknown): PldError {
  const { code = '', message } = error as NodeJS.ErrnoException
  return new PldError('ERR_OPEN', `cannot be opened: ${REASONS[code] ?? message}`, { file: path }, error)
}

/** The code of the note that a capture could not be read to its end, and its message. */
export const READ_FAILED = 'read-failed'
export const cannotGoOn = (error: unknown): string => `cannot be read any further: ${causeOf(error)}`

/** What a failed system call becomes; streams open their file late. */
export function readError(path: string, error: unknown): PldError {
  if ((error as NodeJS.ErrnoException).syscall === 'open') return openError(path, error)
  return new PldError('ERR_READ', `cannot be read: ${causeOf(error)}`, { file: path }, error)
}
