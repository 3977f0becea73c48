import { readSync, writeSync, writevSync } from 'node:fs'

/**
 * Bytes that lie in front of a file's first byte wait in a head file. As nobody knows how many more will come, it
 * holds blocks in reverse: the block that ends where the body begins first, then the one before it; within a block
 * bytes are in order. A byte's place is told by its distance from the body, 1 for the byte right in front of it.
 */
const BLOCK = 1 << 20
/** Bytes copied at a time; pieces of zeros are left out, so that holes stay holes. */
const PIECE = 1 << 16

const ZEROS = Buffer.alloc(PIECE)

/** How many bytes from this one on lie in the head file in one piece. */
function runAt(distance: number): number {
  return ((distance - 1) % BLOCK) + 1
}

function positionOf(distance: number): number {
  return distance - runAt(distance) + BLOCK - runAt(distance)
}

/** Writes all bytes, however often the system takes only some. */
export function writeFully(
  fd: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number,
): void {
  for (let done = 0; done < length; ) done += writeSync(fd, bytes, at + done, length - done, position + done)
}

/** Writes several pieces behind each other with one call, or as many as the system makes of it. */
export function writeParts(fd: number, parts: readonly Uint8Array[], position: number): void {
  const done = writevSync(fd, parts, position)
  let at = 0
  for (const part of parts) {
    const skip = Math.min(part.length, Math.max(0, done - at))
    if (skip < part.length) writeFully(fd, part, skip, part.length - skip, position + at + skip)
    at += part.length
  }
}

/** Writes bytes into a head file, of which the first is `distance` bytes in front of the body. */
export function writeHead(fd: number, bytes: Uint8Array, at: number, length: number, distance: number): void {
  for (let done = 0; done < length; ) {
    const count = Math.min(length - done, runAt(distance - done))
    writeFully(fd, bytes, at + done, count, positionOf(distance - done))
    done += count
  }
}

/** Copies bytes of a head file, of which the first is `distance` bytes in front of the body, to a position of another. */
export function copyHead(head: number, distance: number, length: number, to: number, position: number): void {
  for (let done = 0; done < length; ) {
    const count = Math.min(length - done, runAt(distance - done))
    copyBytes(head, positionOf(distance - done), count, to, position + done)
    done += count
  }
}

/** Copies bytes of a file to a position of another; pieces of zeros are left out. */
export function copyBytes(from: number, at: number, length: number, to: number, position: number): void {
  const bytes = Buffer.allocUnsafe(PIECE)
  for (let done = 0; done < length; ) {
    const count = readSync(from, bytes, 0, Math.min(PIECE, length - done), at + done)
    // behind its end a file is all hole
    if (count === 0) return
    if (bytes.compare(ZEROS, 0, count, 0, count) !== 0) writeFully(to, bytes, 0, count, position + done)
    done += count
  }
}
